# Every lint over the tree and the library that was built from it.
exec perl test/lint/lint.pl .
