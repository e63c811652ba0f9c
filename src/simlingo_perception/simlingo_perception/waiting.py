# SPDX-License-Identifier: Apache-2.0
"""Says which inputs nobody sends, so that a stack that waits does not leave its user guessing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from simlingo_perception.problems import Problem

PAGE = 'docs/how-to/carla.md'


def nobody_sends(
    problems: Iterable[str], topics: Mapping[Problem, str], count_publishers: Callable[[str], int]
) -> str:
    """Return the topics of missing inputs that have no publisher, as the end of a sentence.

    Args:
        problems: of the inputs, by name.
        topics: of each input that can be missing.
        count_publishers: of a topic.

    Returns:
        Empty where every missing input has a publisher, whose quality of service stands in the
        line of its topic.
    """
    missing = [
        topic
        for problem, topic in topics.items()
        if problem in set(problems) and not count_publishers(topic)
    ]
    return f'; nobody publishes {", ".join(missing)} (see {PAGE})' if missing else ''
