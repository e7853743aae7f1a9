"""The report: one HTML page of the published marts, for people who would rather look than read.

Room:  tell. Imports nothing.
In:    nothing.  Out: nothing; page.render is the way in.
"""
