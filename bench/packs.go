package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// What packs cost: the same night under policies that differ in their packs alone, closed in
// alternating order on fresh copies of books that knew the same nights. The first is what the
// others are compared with.
var packPolicies = []packPolicy{
	{"tiers", "tiers by days past due, as the peer has them", ""},
	{"one", "one pack with rates: cn", "cn"},
	{"default", "those of China's lenders: cn, ifrs9 with expected loss", "cn, ifrs9"},
	{"rates", "all without expected loss: cn, eu, us, in", "cn, eu, us, in"},
	{"five-rates", "all five by rates: cn, ifrs9 with rates in the place of expected loss, eu, us, in", "cn, ./" + ratedPack + ", eu, us, in"},
	{"five", "all five: cn, ifrs9, eu, us, in", "cn, ifrs9, eu, us, in"},
}

type packPolicy struct{ name, what, packs string }

// ratedPack is the file of the pack ifrs9 with rates.
const ratedPack = "ifrs9-rates.yaml"

// rates take the place of the pack's own provision.
const rates = `provision:
  method: rates
  base: carrying
  rates:
    - {when: {class: "3"}, rate: 0.6, cite: bench}
    - {when: {class: "2"}, rate: 0.1, cite: bench}
    - {rate: 0.01, cite: bench}
`

// writeRatedPack writes the program's pack ifrs9 with rates beside the policies.
func (b *bench) writeRatedPack(ctx context.Context) error {
	text, err := exec.CommandContext(ctx, b.binary(daybookSide.name), "packs", "show", "ifrs9").Output()
	if err != nil {
		return fmt.Errorf("packs show ifrs9: %w", err)
	}
	head, _, found := strings.Cut(string(text), "\nprovision:\n")
	if !found {
		return errors.New("the pack ifrs9 has no provision")
	}
	return os.WriteFile(filepath.Join(b.data, ratedPack), []byte(head+"\n"+rates), 0o600)
}

// A PackResult is one measurement of what packs cost.
type PackResult struct {
	Commit   string     `json:"commit"`
	Machine  Machine    `json:"machine"`
	Settings Settings   `json:"settings"`
	Sides    []PackSide `json:"policies"`
}

// A PackSide is the night under one policy.
type PackSide struct {
	Side
	What string `json:"what"`
	// Wall and CPU are what it takes for one of the first, BookBytes what a loan takes more in the
	// book.
	Wall      float64 `json:"wall_ratio"`
	CPU       float64 `json:"cpu_ratio"`
	BookBytes float64 `json:"book_bytes_a_loan_more"`
}

// policiesOf returns the policies of a name, and the first; all without one.
func policiesOf(only string) (list []packPolicy, err error) {
	if only == "" {
		return packPolicies, nil
	}
	at := slices.IndexFunc(packPolicies, func(p packPolicy) bool { return p.name == only })
	if at < 1 {
		return nil, fmt.Errorf("-only with -packs is the name of a policy above the first, not %q", only)
	}
	return []packPolicy{packPolicies[0], packPolicies[at]}, nil
}

// measurePacks measures the night under each policy, or under one beside the first.
func (b *bench) measurePacks(ctx context.Context) (*PackResult, error) {
	inbox, machine, err := b.itself(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.writeRatedPack(ctx); err != nil {
		return nil, err
	}
	r := &PackResult{Commit: b.commit(), Machine: machine, Settings: b.Settings}
	c := &contest{inbox: inbox}
	for _, p := range b.policies {
		s, err := b.packSide(p.name, p.packs)
		if err != nil {
			return nil, err
		}
		base, err := b.base(ctx, s, inbox)
		if err != nil {
			return nil, err
		}
		c.sides, c.bases = append(c.sides, s), append(c.bases, base)
	}
	runs, err := b.repeatedly(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	for i, p := range b.policies {
		x := PackSide{Side: r.Machine.sideOf(p.name, runs[i]), What: p.what}
		first := x.Median
		if i > 0 {
			first = r.Sides[0].Median
		}
		x.Wall, x.CPU = x.Median.WallSeconds/first.WallSeconds, x.Median.CPUSeconds/first.CPUSeconds
		x.BookBytes = float64(x.Median.BookBytes-first.BookBytes) / float64(b.Loans)
		r.Sides = append(r.Sides, x)
	}
	return r, nil
}

// itself builds Daybook alone, which is measured against itself, and returns its inbox and the
// machine.
func (b *bench) itself(ctx context.Context) (inbox string, m Machine, err error) {
	b.only = daybookSide.name
	if err := b.build(ctx); err != nil {
		return "", m, err
	}
	if inbox, err = b.inbox(ctx); err != nil {
		return "", m, err
	}
	m, err = b.machine()
	return inbox, m, err
}

// packSide is Daybook under a policy that has packs, or none.
func (b *bench) packSide(name, packs string) (side, error) {
	path, text := filepath.Join(b.data, "packs-"+name+".yaml"), likePeer
	if packs != "" {
		text = "format_version: 1\nname: bench\npacks: [" + packs + "]\n"
	}
	s := daybookSide
	s.name, s.program, s.files = "packs-"+name, daybookSide.name, []string{path}
	if strings.Contains(packs, ratedPack) {
		s.files = append(s.files, filepath.Join(b.data, ratedPack))
	}
	s.arguments = func(b *bench, n nightOf) []string {
		list := daybookSide.arguments(b, n)
		list[slices.Index(list, b.policy())] = path
		return list
	}
	return s, os.WriteFile(path, []byte(text), 0o600)
}

// keep writes the result in the place of the last one of the same night.
func (r *PackResult) keep(dir string) error {
	return keep(dir, "packs-"+short(r.Settings.Loans)+"-"+r.Settings.Night, r, r.write)
}

// write prints the result as Markdown.
func (r *PackResult) write(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "What packs cost: %s loans, the night %s, medians of %d, %d workers, %s. Commit %s.\n\n", short(r.Settings.Loans), r.Settings.Night,
		r.Settings.Repetitions, r.Settings.Workers, r.Settings.Memory, r.Commit)
	out.WriteString("| packs | wall | of the first | processor time | of the first | peak memory | book, bytes a loan more |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for i := range r.Sides {
		x := &r.Sides[i]
		fmt.Fprintf(&out, "| %s | %.2f s | %.2f | %.2f s | %.2f | %d MiB | %.1f |\n", x.What, x.Median.WallSeconds, x.Wall, x.Median.CPUSeconds, x.CPU,
			x.Median.PeakMemoryBytes>>20, x.BookBytes)
	}
	_, err := io.WriteString(w, out.String())
	return err
}
