package portfolio

import (
	"context"
	"os"
	"testing"
	"time"
)

func TestScratch(t *testing.T) {
	dir := os.Getenv("SCRATCH")
	if dir == "" {
		t.Skip()
	}
	for _, p := range []Profile{Retail, Ordinary, Everyone} {
		os.RemoveAll(dir + "/" + p.String())
		start := time.Now()
		if err := Generate(context.Background(), dir+"/"+p.String(), Options{Loans: 1000000, Nights: 4, Seed: 7, Profile: p}); err != nil {
			t.Fatal(err)
		}
		t.Log(p, time.Since(start))
	}
}
