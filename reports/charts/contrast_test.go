package charts

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	variable = regexp.MustCompile(`--([a-z0-9]+): (#[0-9a-f]{6}|#[0-9a-f]{3})\b`)
	dark     = regexp.MustCompile(`(?s)@media \(prefers-color-scheme: dark\) \{.*?\n\}`)
)

// colours returns the variables of the page and of the charts, light and dark.
func colours(t *testing.T) (themes [2]map[string]string) {
	t.Helper()
	page, err := os.ReadFile("../page.css")
	if err != nil {
		t.Fatal(err)
	}
	screen, _, found := strings.Cut(string(page), "@media print") // print has colours of its own
	if !found {
		t.Fatal("the page's style has nothing for print")
	}
	for i := range themes {
		themes[i] = map[string]string{}
	}
	for _, css := range []string{screen, style} {
		for _, m := range variable.FindAllStringSubmatch(dark.ReplaceAllString(css, ""), -1) {
			themes[0][m[1]] = m[2]
		}
		for _, m := range variable.FindAllStringSubmatch(strings.Join(dark.FindAllString(css, -1), "\n"), -1) {
			themes[1][m[1]] = m[2]
		}
	}
	return themes
}

// luminance is relative luminance. Source: WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var l float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Texts stand out by 4.5 to 1 from what they stand on, shapes that mean something by 3 to 1, in
// light and dark.
func TestContrast(t *testing.T) {
	if got := contrast(t, "#ffffff", "#767676"); math.Abs(got-4.54) > 0.005 { // WCAG's own example
		t.Fatalf("contrast is reckoned as %.3f", got)
	}
	texts := map[string][]string{
		"card":  {"ink", "soft", "accent", "good", "bad", "warn"},
		"paper": {"ink", "soft", "accent", "good", "bad", "warn"},
	}
	for _, cell := range []string{"worse", "better", "same"} {
		for _, grade := range []string{"1", "2", "3", "4"} {
			texts[cell+grade] = []string{"ink"}
		}
	}
	shapes := map[string][]string{
		"card":  {"fill", "up", "down", "total", "axis", "line1", "line2", "line3", "line4", "line5", "corner", "accent"},
		"track": {"fill", "up", "down", "total"},
	}
	for i, theme := range colours(t) {
		for _, x := range []struct {
			least float64
			pairs map[string][]string
		}{{4.5, texts}, {3, shapes}} {
			for under, list := range x.pairs {
				for _, over := range list {
					if theme[under] == "" || theme[over] == "" {
						t.Fatalf("theme %d has no colour %s or %s", i, under, over)
					}
					if got := contrast(t, theme[over], theme[under]); got < x.least {
						t.Errorf("theme %d: %s on %s: %.2f, want %.1f", i, over, under, got, x.least)
					}
				}
			}
		}
	}
}
