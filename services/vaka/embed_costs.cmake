# Writes FILE as the constant kScaleCosts, so that the program needs no file beside it.
file(READ ${FILE} content)
file(WRITE ${OUT} "namespace vaka::simulate {\n\nextern const char* const kScaleCosts;\nconst char* const kScaleCosts = R\"json(${content})json\";\n\n}  // namespace vaka::simulate\n")
