package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// naiveRoot is the root of leaves as RFC 6962, section 2.1, defines it.
func naiveRoot(leaves [][]byte) Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	left, right := naiveRoot(leaves[:k]), naiveRoot(leaves[k:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// kept are the stored hashes of a tree, as a book keeps them.
type kept []Hash

func (k kept) ReadHashes(indexes []int64) ([]Hash, error) {
	list := make([]Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(k)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		list[i] = k[index]
	}
	return list, nil
}

// grow makes a tree of leaves in batches.
func grow(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, leaves [][]byte, batches ...int) (Tree, kept) {
	var tree Tree
	var stored kept
	for _, n := range batches {
		var hashes []Hash
		for _, l := range leaves[:n] {
			hashes = append(hashes, LeafHash(l))
		}
		leaves = leaves[n:]
		next, added, err := Grow(tree.Size, hashes, stored)
		if err != nil {
			t.Fatal(err)
		}
		tree, stored = next, append(stored, added...)
		if int64(len(stored)) != Stored(tree.Size) {
			t.Fatalf("%d hashes are stored of a tree of %d leaves, want %d", len(stored), tree.Size, Stored(tree.Size))
		}
	}
	return tree, stored
}

func drawLeaves(t *rapid.T) (leaves [][]byte, batches []int) {
	for range rapid.IntRange(1, 6).Draw(t, "nights") {
		n := rapid.IntRange(1, 40).Draw(t, "leaves")
		batches = append(batches, n)
		for range n {
			leaves = append(leaves, fmt.Appendf(nil, "leaf %d", len(leaves)))
		}
	}
	return leaves, batches
}

// However a tree grew, its root is that of the definition; every leaf and every earlier size is
// proved, and no other leaf, place or size is.
func TestTreeIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves, batches := drawLeaves(t)
		tree, stored := grow(t, leaves, batches...)
		if want := naiveRoot(leaves); tree.Root != want {
			t.Fatalf("the root is %s, want %s", Text(tree.Root), Text(want))
		}
		h := Head{Origin: "o", Tree: tree, BusinessDate: "2026-11-23", Book: strings.Repeat("a", 64), Manifest: strings.Repeat("b", 64)}
		index := int64(rapid.IntRange(0, len(leaves)-1).Draw(t, "index"))
		leaf, err := LeafOf(tree, index, leaves[index], stored)
		if err != nil {
			t.Fatal(err)
		}
		if err := leaf.verify(&h); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []Leaf{{index, leaf.Text + " ", leaf.Path}, {index + 1, leaf.Text, leaf.Path}, {-1, leaf.Text, leaf.Path},
			{index, leaf.Text, append(leaf.Path, Text(tree.Root))}} {
			if wrong.verify(&h) == nil {
				t.Fatalf("leaf %d with %q is proved", wrong.Index, wrong.Text)
			}
		}
		old := int64(rapid.IntRange(0, len(leaves)).Draw(t, "old"))
		path, err := Consistency(tree, old, stored)
		if err != nil {
			t.Fatal(err)
		}
		was := Head{Origin: "o", Tree: Tree{old, naiveRoot(leaves[:old])}, BusinessDate: "2026-11-22", Book: h.Book, Manifest: h.Manifest}
		p := Proof{FormatVersion: 1, Kind: OfConsistency, Head: headText(&h), OldHead: headText(&was), Path: path}
		if _, err := p.Verify(Trust{Unsigned: true}, nil); err != nil {
			t.Fatal(err)
		}
		if was.Root[3]++; old > 0 {
			p.OldHead = headText(&was)
			if _, err := p.Verify(Trust{Unsigned: true}, nil); err == nil {
				t.Fatal("another past is proved")
			}
		}
	})
}

func headText(h *Head) string {
	b, _ := h.Sign(nil)
	return string(b)
}

// Tiles have all hashes of the leaves, whatever part of them is asked for.
func TestTiles(t *testing.T) {
	var leaves [][]byte
	for i := range 700 {
		leaves = append(leaves, fmt.Appendf(nil, "leaf %d", i))
	}
	tree, stored := grow(t, leaves, 250, 6, 44, 400)
	files := map[string][]byte{}
	for _, span := range [][2]int64{{0, 250}, {250, 256}, {256, 300}, {300, 700}} {
		for _, tile := range Tiles(span[0], span[1]) {
			b, err := tile.Data(stored)
			if err != nil {
				t.Fatal(err)
			}
			files[tile.Path] = b
		}
	}
	for _, path := range []string{"tile/8/0/000", "tile/8/0/002.p/188", "tile/8/1/000.p/2"} {
		if files[path] == nil {
			t.Errorf("there is no %s", path)
		}
	}
	read := func(path string) ([]byte, error) {
		if b, ok := files[path]; ok {
			return b, nil
		}
		return nil, errors.New("no " + path)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		from := r.Int64N(tree.Size)
		to := from + r.Int64N(tree.Size-from+1)
		got, err := LeafTiles(from, to, tree.Size, read)
		if err != nil || int64(len(got)) != to-from {
			t.Fatalf("leaves %d to %d: %d hashes, %v", from, to, len(got), err)
		}
		for i, h := range got {
			if h != LeafHash(leaves[from+int64(i)]) {
				t.Fatalf("leaf %d has another hash", from+int64(i))
			}
		}
	}
}

// A hash has one text.
func TestHashHasOneText(t *testing.T) {
	text := Text(sha256.Sum256([]byte("x")))
	if h, err := ParseHash(text); err != nil || Text(h) != text {
		t.Fatalf("%s: %v", text, err)
	}
	for i := range len(text) + 1 {
		for _, more := range []string{"\n", "\r", " ", "=", "A"} {
			if _, err := ParseHash(text[:i] + more + text[i:]); err == nil {
				t.Errorf("%q in place %d is taken", more, i)
			}
		}
	}
}

// Every tile of a tree is held to the others and to the root: one that is gone, shorter, or has another bit is told.
func TestCheckTiles(t *testing.T) {
	for _, size := range []int64{0, 1, 255, 256, 257, 700, 65536, 65836} {
		leaves := make([]Hash, size)
		for i := range leaves {
			leaves[i] = LeafHash(fmt.Appendf(nil, "leaf %d", i))
		}
		tree, stored, err := Grow(0, leaves, kept(nil))
		if err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{}
		for _, tile := range Tiles(0, size) {
			if files[tile.Path], err = tile.Data(kept(stored)); err != nil {
				t.Fatal(err)
			}
		}
		check := func() (told []string) {
			read := map[string]bool{}
			err := CheckTiles(size, tree.Root, func(path string) ([]byte, error) {
				read[path] = true
				if b, ok := files[path]; ok {
					return b, nil
				}
				return nil, fs.ErrNotExist
			}, func(path, what string) { told = append(told, path+": "+what) })
			if err != nil || len(read) < len(files) {
				t.Fatalf("%d leaves: %d of %d tiles are read, %v", size, len(read), len(files), err)
			}
			return told
		}
		if told := check(); len(told) > 0 {
			t.Fatalf("%d leaves: %q", size, told)
		}
		r := rand.New(rand.NewPCG(1, uint64(size)))
		for path, b := range files {
			if size > 1000 && strings.HasPrefix(path, "tile/8/0/") && r.IntN(40) > 0 {
				continue // some of many
			}
			other := slices.Clone(b)
			other[r.IntN(len(b))] ^= 1 << r.IntN(8)
			for _, damaged := range [][]byte{other, b[:len(b)-1], b[:len(b)-32], append(slices.Clone(b), b[:32]...), nil} {
				if files[path] = damaged; damaged == nil {
					delete(files, path)
				}
				told := check()
				edge := strings.Contains(path, ".p/") && len(damaged) == len(b)
				named := func(one string) bool {
					return strings.HasPrefix(one, path+": ") || edge && strings.HasPrefix(one, "tile/8: ")
				}
				if !slices.ContainsFunc(told, named) || len(told) > 3 {
					t.Errorf("%d leaves, %s with %d of %d bytes: %q", size, path, len(damaged), len(b), told)
				}
			}
			files[path] = b
		}
		if size > 0 {
			tree.Root[3] ^= 1
			if told := check(); len(told) != 1 || !strings.HasPrefix(told[0], "tile/8: ") {
				t.Errorf("%d leaves, another root: %q", size, told)
			}
		}
	}
}

func keyOf(t *testing.T, name string) (note.Signer, note.Verifier) {
	t.Helper()
	private, public, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte(name), 64)), name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

// No byte of a signed head can be another; and a head is of no use with another key, or unsigned.
func TestEveryByteOfAHead(t *testing.T) {
	signer, verifier := keyOf(t, "lender.example/book")
	_, other := keyOf(t, "other.example/book")
	h := Head{Origin: "lender.example/book", Tree: Tree{623, sha256.Sum256([]byte("x"))}, BusinessDate: "2026-11-25", Book: strings.Repeat("a1", 32), Manifest: strings.Repeat("b2", 32)}
	b, err := h.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	keys := note.VerifierList(verifier)
	got, err := OpenHead(b, keys)
	if err != nil || *got != h {
		t.Fatalf("read as %+v, %v, want %+v", got, err, h)
	}
	for i := range b {
		for _, flip := range []byte{1, 0x20, 0x80} {
			wrong := bytes.Clone(b)
			wrong[i] ^= flip
			if _, err := OpenHead(wrong, keys); err == nil {
				t.Errorf("byte %d as %q: the head is taken", i, wrong[i])
			}
		}
		if _, err := OpenHead(b[:i], keys); err == nil {
			t.Errorf("the first %d bytes are taken", i)
		}
	}
	unsigned, _ := h.Sign(nil)
	for name, err := range map[string]error{"another key": second(OpenHead(b, note.VerifierList(other))), "no signature": second(OpenHead(unsigned, keys))} {
		var bad *SignatureError
		if !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := (Trust{Unsigned: true}).Open(unsigned); err != nil || *got != h {
		t.Errorf("an unsigned head is %+v, %v", got, err)
	}
}

func second(_ *Head, err error) error { return err }

func addLine(p *Pages, partition int, entry int64, line string) error {
	text, err := p.Open(partition, entry)
	if err == nil {
		p.Keep(append(text, line+"\n"...))
	}
	return err
}

// Pages end after 128 entries and with their partition, and their lines are those that were added.
func TestPages(t *testing.T) {
	type page struct {
		id   PageID
		text string
	}
	var got []page
	p := Pages{Format: LinePerEntry, Date: "2026-11-23", Page: func(id PageID, text []byte) error {
		got = append(got, page{id, string(text)})
		return nil
	}}
	entry := int64(0)
	add := func(partition, entries int) {
		for range entries {
			entry++
			for line := range 2 {
				if err := addLine(&p, partition, entry, fmt.Sprintf("%d,%d", entry, line)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	add(3, 128)
	add(4, 300)
	add(256, 1)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	lines := 0
	for i, x := range got {
		ids = append(ids, fmt.Sprintf("%d/%d", x.id.Partition, x.id.Page))
		if head, _, _ := strings.Cut(x.text, "\n"); head != fmt.Sprintf("daybook journal 2 2026-11-23 %d %d", x.id.Partition, x.id.Page) {
			t.Errorf("a page begins with %q", head)
		}
		lines += strings.Count(x.text, "\n") - 1
		if p.Leaves[i] != tlog.RecordHash([]byte(x.text)) {
			t.Errorf("page %s has another hash", ids[i])
		}
	}
	if want := "3/0 4/0 4/1 4/2 256/0"; strings.Join(ids, " ") != want || lines != 2*429 {
		t.Errorf("pages are %v with %d lines, want %s with %d", ids, lines, want, 2*429)
	}
	for _, wrong := range []struct {
		partition int
		entry     int64
	}{{5, 9}, {4, 11}} {
		q := Pages{Format: LinePerEntry, Date: "2026-11-23"}
		if err := addLine(&q, 5, 10, "x"); err != nil {
			t.Fatal(err)
		}
		var disorder *DisorderError
		if err := addLine(&q, wrong.partition, wrong.entry, "x"); !errors.As(err, &disorder) {
			t.Errorf("entry %d of partition %d after 10 of 5: %v", wrong.entry, wrong.partition, err)
		}
	}
}

// pagesOfOneEntry are pages with the one entry 7 of the loan L1, in each format.
var pagesOfOneEntry = map[Format]string{
	LinePerPosting: "daybook journal 1 2026-11-23 0 0\n7,2026-11-23,repayment,P,L1,1001,CNY,1.00,0.00,,\n7,2026-11-23,repayment,P,L1,1301,CNY,0.00,1.00,,\n",
	LinePerEntry:   "daybook journal 2 2026-11-23 0 0\n7,2026-11-23,repayment,P,L1,CNY,,\n1001,1.00,\n1301,,1.00\n",
}

// What a page has is what its lines tell of entries: an account is no entry, a source no loan, and a page whose lines have
// other fields than its format is none.
func TestWhatAPageHas(t *testing.T) {
	for format, page := range pagesOfOneEntry {
		id := PageID{format, "2026-11-23", 0, 0}
		if head, _, _ := strings.Cut(page, "\n"); head != id.Head() {
			t.Errorf("a page begins with %q, want %q", head, id.Head())
		}
		other := strings.Replace(page, "journal "+fmt.Sprint(format), "journal 3", 1)
		broken := strings.Replace(page, "L1,", "L1,,", 1)
		for _, x := range []struct {
			what      string
			got, want bool
		}{
			{"entry", HasEntry([]byte(page), 7), true},
			{"loan", HasLoan([]byte(page), "L1"), true},
			{"night", IsPageOf([]byte(page), "2026-11-23"), true},
			{"another entry", HasEntry([]byte(page), 1001), false},
			{"another loan", HasLoan([]byte(page), "P"), false},
			{"another night", IsPageOf([]byte(page), "2026-11-2"), false},
			{"entry of another format", HasEntry([]byte(other), 7), false},
			{"night of another format", IsPageOf([]byte(other), "2026-11-23"), false},
			{"loan of other fields", HasLoan([]byte(broken), "L1"), false},
		} {
			if x.got != x.want {
				t.Errorf("format %d, %s: %t", format, x.what, x.got)
			}
		}
	}
}

// No byte of a proof can be another without it being refused, or meaning the same.
func TestEveryByteOfAProof(t *testing.T) {
	for format, page := range pagesOfOneEntry {
		t.Run(fmt.Sprint(format), func(t *testing.T) { everyByteOfAProof(t, page) })
	}
}

func everyByteOfAProof(t *testing.T, page string) {
	signer, verifier := keyOf(t, "lender.example/book")
	leaves := [][]byte{
		[]byte(page),
		[]byte("daybook night 1 2026-11-23\npolicy x\n"), []byte("a"), []byte("b"),
	}
	tree, stored := grow(t, leaves, 2, 2)
	sign := func(tree Tree, date string) string {
		h := Head{Origin: "lender.example/book", Tree: tree, BusinessDate: date, Book: strings.Repeat("a1", 32), Manifest: strings.Repeat("b2", 32)}
		b, err := h.Sign(signer)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	leaf := func(i int64) []Leaf {
		l, err := LeafOf(tree, i, leaves[i], stored)
		if err != nil {
			t.Fatal(err)
		}
		return []Leaf{l}
	}
	path, err := Consistency(tree, 2, stored)
	if err != nil {
		t.Fatal(err)
	}
	head := sign(tree, "2026-11-24")
	trust := Trust{Keys: note.VerifierList(verifier)}
	for _, p := range []Proof{
		{FormatVersion: 1, Kind: OfEntry, EntryID: 7, BusinessDate: "2026-11-23", Head: head, Leaves: leaf(0)},
		{FormatVersion: 1, Kind: OfLoan, LoanID: "L1", Head: head, Leaves: leaf(0)},
		{FormatVersion: 1, Kind: OfNight, BusinessDate: "2026-11-23", Head: head, Leaves: leaf(1)},
		{FormatVersion: 1, Kind: OfConsistency, Head: head, OldHead: sign(Tree{2, naiveRoot(leaves[:2])}, "2026-11-23"), Path: path},
	} {
		b, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		verify := func(b []byte) (*Proof, error) {
			p, err := ParseProof(b)
			if err == nil {
				_, err = p.Verify(trust, nil)
			}
			return p, err
		}
		if _, err := verify(b); err != nil {
			t.Fatalf("%s: %v", p.Kind, err)
		}
		if p.Kind != OfConsistency {
			twice := p
			twice.Leaves = append(leaf(p.Leaves[0].Index), p.Leaves...)
			if _, err := twice.Verify(trust, nil); err == nil || !strings.Contains(err.Error(), "is there twice") {
				t.Errorf("%s with its leaf twice: %v", p.Kind, err)
			}
		}
		for i := range b {
			for _, flip := range []byte{1, 2, 0x20} {
				wrong := bytes.Clone(b)
				wrong[i] ^= flip
				if q, err := verify(wrong); err == nil && !sameJSON(q, &p) {
					t.Errorf("%s, byte %d as %q: the proof holds", p.Kind, i, wrong[i])
				}
			}
		}
	}
}

// sameJSON reports whether two proofs say the same.
func sameJSON(a, b *Proof) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}
