<nowhere>
