"""From a page's picture to words with boxes, and the result that is kept."""
