package channel

import "testing"

func TestMask(t *testing.T) {
	for id, want := range map[string]string{
		"13812345678": "138****78", "borrower-0001": "bor****01", "B0001": "B****1", "B1": "****", "": "****", "借款人甲乙丙丁戊己": "借款人****戊己", "\xff\xff\xff\xff\xff": "\xff****\xff",
	} {
		if got := string(AppendMask(nil, []byte(id))); got != want {
			t.Errorf("%q is masked as %q, want %q", id, got, want)
		}
	}
}
