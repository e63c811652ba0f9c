# SPDX-License-Identifier: Apache-2.0
"""The reference page of the rules: ``python -m simlingo_planner.rules_page > FILE``."""

from __future__ import annotations

from simlingo_core.intents import Intent
from simlingo_planner.instruction_rules import RULES, Rule

INTRODUCTION = """# Rules for instructions

Made from `simlingo_planner/instruction_rules.py` by `python -m simlingo_planner.rules_page`;
change it there. The planner goes through the table from above; the first line that matches
decides, and the status of the instruction carries its reason.

* **accept**: in force at once. **defer**: accepted, and in force when what it waits for has
  happened. **reject**: ends as REJECTED with the reason. **ask back**: the same, and the reply is
  a question; *yes* within ten seconds accepts what was suggested. **answer**: ends as DONE.
* Priority: operator, passenger (typed or spoken), program. *Stop* and *slower* may be given by
  everybody at any time. The newest of equal priority replaces the one in force.
* An instruction that the drive contradicts ends as NOT_FOLLOWED, with what was measured.
* The bounds hold whatever the model plans: while *slower* or *stop* is in force the speed cannot
  rise above that at its beginning; after 2 s the cap of *slower* falls to 70 % of it, that of
  *stop* to 0; a target speed is a cap. An emergency stop brakes fully and needs no plan.
* The highest speed is `speed_limit_mps` with the margin `speed_limit_margin` (50 km/h and 10 %).
* Text that imitates the markup of a prompt is rejected, and stays text in any case: the model's
  tokenizer makes no marks of it.
* The safety mode *follow* (simulation only) switches off `unsafe`, `too_fast` and `unreadable`.
* Each rule has its cases under its name in `src/simlingo_planner/test/test_instruction_rules.py`;
  nothing is known that reaches `otherwise`, which has a test of its own.

| rule | intent | when | outcome | reason | reply | ends with |
|---|---|---|---|---|---|---|
"""


def render_page() -> str:
    """Return the page as Markdown."""
    return INTRODUCTION + ''.join(map(_row, RULES))


def _row(rule: Rule) -> str:
    outcome = f'**{rule.outcome.value}**'
    if rule.effect:
        outcome += f': {rule.effect.value}'
    cells = (
        f'`{rule.id}`',
        _intents(rule.intents),
        rule.when,
        outcome,
        rule.reason,
        rule.reply,
        rule.ends,
    )
    return '| ' + ' | '.join(cell or '–' for cell in cells) + ' |\n'


def _intents(intents: frozenset[Intent]) -> str:
    if not intents:
        return 'all'
    missing = set(Intent) - intents
    if len(missing) < len(intents):
        return 'all but ' + ', '.join(sorted(missing))
    return ', '.join(sorted(intents))


if __name__ == '__main__':
    print(render_page(), end='')
