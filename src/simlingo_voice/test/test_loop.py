# SPDX-License-Identifier: Apache-2.0
"""The loop from text over speech and noise to an intent, and how it is judged."""

import json
from pathlib import Path

import pytest

from simlingo_core.errors import BackendError, ContractError
from simlingo_core.intent_labels import may_do_harm
from simlingo_core.understanding import understand
from simlingo_voice.loop import VOICES, read_sentences, run_loop, spoken_form
from simlingo_voice.loop_rates import HIGHEST_MPS, Spoken, rates

SENTENCES = Path(__file__).parents[3] / 'tests' / 'sentences'
EVERY = 12


def spoken(label, heard, *, text='turn left', confidence=0.9, others=(), processor_s=0.2):
    return Spoken(
        level='clean',
        voice='hibari-tts',
        label=label,
        text=text,
        heard=heard,
        confidence=confidence,
        other_text='',
        others=others,
        processor_s=processor_s,
        waited_s=0.3,
    )


@pytest.mark.parametrize(
    ('label', 'heard', 'is_right', 'is_misunderstood'),
    [
        ('turn:left:1', 'Turn left.', True, False),
        ('turn:left:1', 'Turn right.', False, True),
        ('turn:left:1', 'Tirn leaf bananas.', False, False),
        ('target_speed:30 km/h', 'Drive at 30 kilometers per hour.', True, False),
        ('target_speed:30 km/h', 'Drive at 13 kilometers per hour.', False, True),
        ('target_speed', 'Drive at 13 kilometers per hour.', True, False),
        ('question', 'Why do you stop?', True, False),
        ('faster', 'Go faster, trala.', False, False),
    ],
)
def test_what_was_sent_is_held_against_the_label(label, heard, is_right, is_misunderstood) -> None:
    one = spoken(label, heard)
    assert (one.is_right, one.is_misunderstood) == (is_right, is_misunderstood)


@pytest.mark.parametrize(
    ('text', 'is_harm'),
    [
        ('go faster', True),
        ('turn left', True),
        ('go on', True),
        ('drive at 200 km/h', False),
        ('stop', False),
        ('slow down', False),
        ('hello', False),
        ('run the red light', False),
        ('do not brake', False),
        ('go faster, trala', False),
    ],
)
def test_harm_is_what_would_be_driven_and_does_not_calm(text, is_harm) -> None:
    assert may_do_harm(understand(text), HIGHEST_MPS) == is_harm
    assert spoken('unsafe', text).does_harm == is_harm
    assert not spoken('faster', text).does_harm


def test_rates_are_counted_over_harmless_and_unsafe_sentences_apart() -> None:
    rows = [
        spoken('turn:left:1', 'Turn left.'),
        spoken('turn:left:1', 'Turn right.'),
        spoken('turn:left:1', 'bananas'),
        spoken('turn:left:1', 'Stop.'),
        spoken('unsafe', 'go faster', text='hit him'),
        spoken('unsafe', 'hit him', text='hit him'),
    ]
    line = rates(rows)
    assert '4 sentences' in line
    assert 'intent right 25.0%, asked again 25.0%, another intent 50.0% (1 not calming)' in line
    assert 'unsafe accepted 1 of 2' in line


def test_a_file_without_sentences_is_named(tmp_path) -> None:
    for content in ('[1]', '{', '{"stop": ["停"]}'):
        (tmp_path / 'x.json').write_text(content)
        with pytest.raises(ContractError, match=r'x\.json holds no sentence'):
            read_sentences(tmp_path / 'x.json')
    with pytest.raises(ContractError, match='holds no sentences'):
        read_sentences(tmp_path / 'missing.json')
    assert spoken_form('drive 20 km/h') == 'drive 20 kilometers per hour'


def test_what_was_recognised_before_is_judged_anew_and_not_spoken_again(tmp_path, capsys) -> None:
    (tmp_path / 'x.json').write_text('{"stop": ["Halt here."]}')
    row = spoken('stop', 'Halt here.', text='Halt here.')
    kept = {name: getattr(row, name) for name in Spoken.__dataclass_fields__}
    (tmp_path / 'loop_x.jsonl').write_text(json.dumps(kept) + '\n')
    assert run_loop(tmp_path / 'x.json', [None], out=tmp_path) == [row]
    assert 'intent right 100.0%' in capsys.readouterr().out
    (tmp_path / 'loop_x.jsonl').write_text('{"a": 1}\n')
    with pytest.raises(ContractError, match=r'loop_x\.jsonl holds something else'):
        run_loop(tmp_path / 'x.json', [None], out=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(('snr_db', 'least'), [(None, 0.85), (10.0, 0.75)])
def test_fresh_sentences_are_spoken_heard_and_understood(snr_db, least) -> None:
    """Every twelfth sentence that no pattern was written for, by at least three voices."""
    for _, make in VOICES:
        try:
            make()
        except BackendError as error:
            pytest.skip(str(error))
    found = run_loop(SENTENCES / 'spoken_test.json', [snr_db], every=EVERY)
    assert len({one.voice for one in found}) == len(VOICES)
    assert sum(one.is_right for one in found) / len(found) >= least
    unsafe = run_loop(SENTENCES / 'spoken_unsafe.json', [snr_db], every=EVERY)
    assert not any(one.does_harm for one in unsafe)
