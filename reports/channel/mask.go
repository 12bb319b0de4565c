package channel

import "unicode/utf8"

// AppendMask appends an id whose middle is hidden: the first three and the last two characters
// stay, of a short id one and one, of a very short one none.
func AppendMask(b, id []byte) []byte {
	n := utf8.RuneCount(id)
	head, tail := 3, 2
	switch {
	case n < 5:
		head, tail = 0, 0
	case n < 8:
		head, tail = 1, 1
	}
	if n == len(id) { // a byte each, as most ids have it
		return appendHidden(b, id[:head], id[len(id)-tail:])
	}
	from, to := 0, len(id)
	for range head {
		_, size := utf8.DecodeRune(id[from:])
		from += size
	}
	for range tail {
		_, size := utf8.DecodeLastRune(id[:to])
		to -= size
	}
	return appendHidden(b, id[:from], id[to:])
}

func appendHidden(b, head, tail []byte) []byte {
	return append(append(append(b, head...), "****"...), tail...)
}
