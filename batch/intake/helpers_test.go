package intake

import (
	"strconv"
	"testing"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Skipf("no time zones here: %v", err)
	}
	return l
}
