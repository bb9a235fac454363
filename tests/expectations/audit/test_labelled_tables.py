"""Each cell bears the heading of its column."""

from expectations.audit.labelled_tables import with_labels

PAGE = (
    '<p>before</p><table class="a"><tr><th>table</th><th class="n">rows <i>read</i></th><th></th></tr>\n'
    '<tr><td><code>x</code></td><td class="n">3</td><td>ok</td></tr>\n'
    "<tr><td>y</td><td>&lt;td&gt;</td><td></td></tr></table><p>after</p>"
)


def test_cells_are_labelled_in_order_and_all_else_stays() -> None:
    assert with_labels(PAGE) == (
        '<p>before</p><table class="a"><tr><th>table</th><th class="n">rows <i>read</i></th><th></th></tr>\n'
        '<tr><td data-label="table"><code>x</code></td><td data-label="rows read" class="n">3</td>'
        '<td data-label="">ok</td></tr>\n'
        '<tr><td data-label="table">y</td><td data-label="rows read">&lt;td&gt;</td><td data-label=""></td></tr>'
        "</table><p>after</p>"
    )


def test_a_head_and_a_body_are_one_table() -> None:
    page = "<table><thead><tr><th>a</th></tr></thead><tbody>\n<tr><td>1</td></tr>\n<tr><td>2</td></tr></tbody></table>"

    assert with_labels(page).count('<td data-label="a">') == 2


def test_a_quote_in_a_heading_does_not_end_the_attribute() -> None:
    assert 'data-label="&quot;a&quot;"' in with_labels('<table><tr><th>"a"</th></tr><tr><td>1</td></tr></table>')


def test_a_page_without_tables_stays_as_it_is() -> None:
    assert with_labels("<p>nothing</p>") == "<p>nothing</p>"
