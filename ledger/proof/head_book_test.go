package proof

import "testing"

// A head says whose it is where its origin is a book's id, and not where it is the name of a key, though that begins alike.
func TestHeadOfABook(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	for origin, want := range map[string]string{
		OriginOf(id): id, "lender.example": "", "daybook/prod": "", id: "", OriginOf(id) + "0": "", "x" + OriginOf(id): "", OriginOf(""): "",
	} {
		if got := (&Head{Origin: origin}).OfBook(); got != want {
			t.Errorf("%s: of book %q, want %q", origin, got, want)
		}
	}
}
