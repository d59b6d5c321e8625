"""Plans, their look-ups and their JSON."""

import pytest

from scheduler.core.pairing.plan import Stop, read_plan, write_plan
from scheduler.core.refusal import Refusal
from tests.core.pairing.problems import plan_of


def test_a_route_names_table_and_mates_and_where_one_sits_out():
    plan = plan_of("abc de", "ad bc | e", "ab cd")

    assert plan.route("e") == (Stop(0, "T2", ("d",)), Stop(1, None, ()))
    assert plan.mates("c", 0) == ("a", "b")


def test_a_plan_written_as_json_reads_back_the_same():
    plan = plan_of("abc de", "ad bc | e")

    assert read_plan(write_plan(plan)) == plan


def test_json_of_something_else_is_not_a_plan():
    with pytest.raises(Refusal, match="This file is not a plan"):
        read_plan({"rounds": [{"round": 0}]})
