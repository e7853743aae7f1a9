"""From tested marts to what others read: the DuckDB file, its earlier versions, Parquet.

Room:  act. Imports nothing: `records` and `history` of published.json stay free of DuckDB.
In:    marts in the working database.  Out: files that are whole or not there.

    values    what is published: Mart, BuildInfo, TestRow; how it ended: Publication
    disk      flush, copy, link, replace, sweep: every touch of the file system
    records   published.json: read and written
    content   the SQL that fills the file
    database  publish(): audit passed -> the file is in its place
    history   earlier versions: list_versions(), rollback()
    parquet   publish_parquet(): versioned folders and `latest`
    revision  the git revision of a folder
"""
