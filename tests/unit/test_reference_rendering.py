"""What `tollbook check` prints of problems.

Belongs here: grouping, order, wording of a list.
Does not belong here: which problems there are (test_reference_mistakes.py).
"""

from __future__ import annotations

from pipelines.problems import Problem
from pipelines.reference.rendering import render_problems

PROBLEMS = [
    Problem("reference/rates/gold/x.csv", None, "", "is not the name of a revision", "rename it"),
    Problem("reference/customers.csv", 12, "tax_rate", "'20' is not between 0 and 1", "write 0.2 for 20 %"),
    Problem("reference/customers.csv", 3, "customer_id", "no key leads to customer 'a'", severity="warning"),
]


def test_problems_are_grouped_by_file_and_stand_in_order_of_lines() -> None:
    assert render_problems(PROBLEMS) == (
        "reference/customers.csv\n"
        "  line  3, customer_id: warning: no key leads to customer 'a'\n"
        "  line 12, tax_rate: '20' is not between 0 and 1 -> write 0.2 for 20 %\n"
        "\n"
        "reference/rates/gold/x.csv\n"
        "  file: is not the name of a revision -> rename it\n"
        "\n"
        "2 errors, 1 warning"
    )


def test_no_problems_are_said_to_be_none() -> None:
    assert render_problems([]) == "no problems"


def test_a_long_list_is_cut_only_on_demand_and_says_so() -> None:
    many = [Problem("reference/a.csv", line, "", "bad") for line in range(1, 101)]
    assert render_problems(many).count("bad") == 100
    cut = render_problems(many, most_per_file=3)
    assert cut.count("bad") == 3
    assert "… and 97 more" in cut
    assert cut.endswith("100 errors, 0 warnings")
