"""`python -m benchmarks`: every comparison, one line each."""

from benchmarks.overhead import main

main()
