"""Names and signatures of other packages, so that code which uses them runs with one import changed.

`wordmill.compat.gensim` stands in for gensim 4, `wordmill.compat.fasttext` for fastText's Python module. What is not
supported is refused with the reason; nothing is ignored silently.
"""
