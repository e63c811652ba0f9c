# SPDX-License-Identifier: Apache-2.0
from typer.testing import CliRunner

from simlingo_training.commands import label as command
from simlingo_training.label_samples import draw_samples


def test_samples_of_every_kind_with_other_wordings(data_set):
    drawn = draw_samples(data_set, 3, 0)
    assert {'commentary', 'dream: stop', 'question: perception', 'question: behavior'} <= set(
        drawn
    )
    assert all(0 < len(found) <= 3 for found in drawn.values())
    assert drawn['commentary'][0].lines[0].startswith('Follow the route.')
    texts = [sample.lines[0] for sample in drawn['question: perception']]
    assert len(set(texts)) == 3
    assert draw_samples(data_set, 3, 0) == drawn


def test_episodes_take_turns(data_set):
    drawn = draw_samples(data_set, 4, 0)['commentary']
    names = [sample.folder.relative.name for sample in drawn]
    assert names.count(names[0]) == len(names) / 2


def test_the_command_writes_a_page_and_no_labels(data_set, tmp_path):
    page = tmp_path / 'page.html'
    options = ['--data', str(data_set), '--samples', str(page), '--count', '2']
    result = CliRunner().invoke(command.app, options)
    assert result.exit_code == 0, result.output
    assert '2 commentary' in result.output
    text = page.read_text()
    assert text.count('<img src="data:image/jpeg;base64,/9j/') > 10
    assert 'Halt' in text or 'stop' in text.lower()
