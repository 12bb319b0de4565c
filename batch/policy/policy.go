// Package policy turns a policy file into compiled rules. The file is one YAML
// document, strict: whatever the package cannot honour to the letter is a
// [Fault] that names file, line and key, and no policy comes of it. A section
// or key that the file leaves out is the built-in policy's; a product takes
// what it leaves out from the product "default". Amounts and rates are read as
// exact decimals from the text, never through a float.
//
// What the law of the policy's jurisdiction forbids is refused here too, with
// its citation, so that no night ever charges it.
package policy

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"daybook/aging"
	"daybook/aging/score"
	"daybook/batch/intake"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A Policy is a lender's rules, compiled. It is never changed. Codes are places
// in the lists of one policy: what is stored across nights goes by name.
type Policy struct {
	Name          string
	Jurisdiction  string
	EffectiveFrom civil.Date // first value date it holds for; civil.None: not stated
	Source        []byte     // the YAML as given
	// Canonical is the whole policy as YAML, every default filled in: what a
	// book keeps, so that a later version's defaults never change a closed night.
	Canonical []byte
	// Digest is the SHA-256 of Canonical without its effective_from: equal rules
	// have equal digests, however they are written and whenever they begin.
	Digest [sha256.Size]byte

	Location   *time.Location
	Currencies []string // ISO 4217, in the file's order
	Scale      int      // digits after the point of amounts: the most among Currencies, at least 2
	Intake     intake.Options
	Guarding

	Products []loan.Product // by name
	Aging    aging.Rules
	Score    score.Points
	Chart    ledger.Chart
	Treatment
	Classifying
	Reporting
	Finance

	doc document // as read, with all that it inherits
}

// Finance is what a policy says of money beside its loans: at the bank, and in closed months.
type Finance struct {
	Reconciliation Reconciliation
	Period         Period
}

// Guarding is what stops a night, or is said of it.
type Guarding struct {
	Thresholds
	Guards Guards
}

// Thresholds are the shares of rejects, in parts per million (see [RejectOne]), above
// which a night is reported or, if strict, not closed.
type Thresholds struct{ RejectRows, RejectAmount int64 }

// RejectOne is the reject threshold of all rows or all money.
const RejectOne = 1_000_000

// Materiality is what arrears must exceed in both to be material (EU retail:
// EUR 100 and 1 %, Reg. (EU) 2018/171).
type Materiality struct {
	Amounts map[string]money.Amount // by currency, in its own minor units
	Share   money.Rate              // of the principal outstanding
}

// Product returns the index in Products of a product's name.
func (p *Policy) Product(name string) (index int, ok bool) {
	return slices.BinarySearchFunc(p.Products, name, func(x loan.Product, name string) int {
		return strings.Compare(x.Name, name)
	})
}

// Digits is the most minor digits of the policy's currencies: those of a figure that adds
// up all of them.
func (p *Policy) Digits() (most int) {
	for _, c := range p.Currencies {
		digits, _ := money.Digits(c)
		most = max(most, digits)
	}
	return most
}

// digits is how many digits the policy's own amounts have: those of its one currency.
func (p *Policy) digits() int {
	if len(p.Currencies) == 1 {
		if digits, ok := money.Digits(p.Currencies[0]); ok {
			return digits
		}
	}
	return p.Scale
}

// Show returns the policy as YAML with every default filled in; parsed again it
// is the same policy. Notes at its end say what follows from its scores.
func (p *Policy) Show() string { return string(p.Canonical) + p.doc.scoreNotes() }

//go:embed builtin/*.yaml
var builtin embed.FS

// Default is the name of the built-in policy whose sections stand in for those
// that a file leaves out.
const Default = "cn"

// Builtin returns a built-in policy by its name.
func Builtin(name string) (*Policy, error) {
	src, err := builtin.ReadFile("builtin/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no built-in policy %q; use %q or a file", name, Default)
	}
	return remembered("builtin "+name, func() (*Policy, error) {
		s := newSource(src, "builtin/"+name+".yaml")
		s.builtin = true
		return s.policy()
	})
}

// known are policies that were compiled, by what they were compiled from: a program reads the
// same few again and again, and never changes one.
var known = struct {
	sync.Mutex
	policies map[string]*Policy
}{policies: map[string]*Policy{}}

// knownMax is how many are remembered.
const knownMax = 32

// remembered returns a policy that was compiled before, or compiles it.
func remembered(from string, compile func() (*Policy, error)) (*Policy, error) {
	known.Lock()
	p := known.policies[from]
	known.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := compile()
	if err != nil {
		return nil, err
	}
	remember(from, p)
	return p, nil
}

func remember(from string, p *Policy) {
	known.Lock()
	defer known.Unlock()
	if len(known.policies) >= knownMax {
		clear(known.policies)
	}
	known.policies[from] = p
}

// Load reads a policy file.
func Load(path string) (*Policy, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	src, err := io.ReadAll(io.LimitReader(f, fileMax+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if len(src) > fileMax {
		return nil, fmt.Errorf("policy %s: more than %d bytes: it is no policy file", path, fileMax)
	}
	return Parse(src, path)
}

// fileMax is the most bytes of a policy file: a hundred times that of 50 products.
const fileMax = 4 << 20

// Parse compiles a policy from its YAML; the file's name stands in messages, and the files
// that the policy names are read from its folder. What is wrong with the policy is returned
// as [Faults].
func Parse(src []byte, file string) (*Policy, error) {
	p, err := newSource(src, file).policy()
	if err == nil && !namesFiles(p.Canonical) {
		remember(keptText(p.Canonical), p) // as a book keeps it, which most often has it from last night
	}
	return p, err
}

// namesFiles reports whether a policy names files, without which it is not the same.
func namesFiles(src []byte) bool { return bytes.Contains(src, []byte("models:")) }

// keptText is what a policy that a book keeps is remembered by.
func keptText(src []byte) string { return "kept " + string(src) }

// ParseKept reads a policy that a book keeps. What later programs refuse of a policy's
// law or sense it has been accepted with: the rules of closed nights stay. The files that
// it names are those that the book keeps.
func ParseKept(src []byte, file string, kept KeptFile) (*Policy, error) {
	compile := func() (*Policy, error) {
		s := newSource(src, file)
		s.kept, s.folderless, s.keptFile = true, true, kept
		return s.policy()
	}
	if namesFiles(src) {
		return compile()
	}
	return remembered(keptText(src), compile)
}

// policy reads the source over the built-in policy and compiles it.
func (s *source) policy() (*Policy, error) {
	doc, err := defaults()
	if err != nil {
		return nil, err
	}
	doc.Name = "custom"
	if s.pack, err = builtinPack(); err != nil {
		return nil, err
	}
	s.read(doc)
	s.addPacks(doc)
	if len(s.faults) > 0 {
		return nil, s.errors()
	}
	p := s.compile(doc)
	if len(s.faults) > 0 {
		return nil, s.errors()
	}
	return p, nil
}

// defaults returns the document of the built-in policy, to be read over.
func defaults() (*document, error) {
	const file = "builtin/" + Default + ".yaml"
	src, err := builtin.ReadFile(file)
	if err != nil {
		return nil, err
	}
	doc := newDocument()
	s := newSource(src, file)
	s.read(doc)
	if len(s.faults) > 0 {
		return nil, s.errors()
	}
	return doc, nil
}
