{{ tools.stacked([ref("given"), ref("words")]) }}
