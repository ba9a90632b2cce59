from eegtune.report.figures.figure import plain, rounded, short, wrapped


def test_users_text_is_not_read_as_markup():
    assert plain("<a href='x'>&") == "&lt;a href='x'&gt;&amp;"
    assert "<script" not in wrapped("<script>alert(1)</script>_x" * 3)


def test_short_text_stays():
    assert short("dropout", 12) == "dropout"
    assert len(short("x" * 100, 12)) == 12


def test_numbers_keep_five_digits():
    assert rounded(0.123456789) == 0.12346
    assert rounded(None) is None
