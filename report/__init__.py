"""The report: one offline page, a summary for programs and lines for people, all from the same facts of the lake."""
