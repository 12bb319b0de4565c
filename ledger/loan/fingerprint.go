package loan

// A Fingerprint is 24 bits of an event's id. A loan carries one for each event
// it has applied: a hit is confirmed against the journal, so a false one costs a
// look-up (one in 16.8 million for each event compared), never money.
type Fingerprint [3]byte

// FingerprintOf returns an id's fingerprint: FNV-1a folded to 24 bits.
func FingerprintOf(id []byte) Fingerprint {
	h := uint32(2166136261)
	for _, c := range id {
		h = (h ^ uint32(c)) * 16777619
	}
	h = h>>24 ^ h&0xFFFFFF
	return Fingerprint{byte(h), byte(h >> 8), byte(h >> 16)}
}

// HasApplied reports whether an event with this fingerprint may have been
// applied to the loan.
func (s *State) HasApplied(f Fingerprint) bool {
	for a := s.Applied; len(a) >= 3; a = a[3:] {
		if a[0] == f[0] && a[1] == f[1] && a[2] == f[2] {
			return true
		}
	}
	return false
}

// MarkApplied remembers that an event with this fingerprint was applied.
func (s *State) MarkApplied(f Fingerprint) { s.Applied = append(s.Applied, f[:]...) }
