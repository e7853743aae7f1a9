select whole, part, none from {{ source('files', 'inferred') }}
