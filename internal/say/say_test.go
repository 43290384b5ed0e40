package say

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var inf = math.Inf(1)

// The table of what a value reads as, wherever it stands.
func TestSay(t *testing.T) {
	number := map[float64]string{
		0: "0", .00001: "0", .0012: "0.0012", .0123: "0.012", .123: "0.12", 1.2: "1.2", 1.005: "1.01", 5: "5", 9.994: "9.99", 9.995: "10", 9.999: "10",
		12: "12", 12.34: "12.3", 12.25: "12.3", 99.94: "99.9", 99.95: "100", 123.4: "123", 1234: "1,234", 1234.5: "1,235", 1233.5: "1,234",
		1e6: "1,000,000", 123456789: "123,456,789", -1234.5: "-1,235", -.00001: "0", -.5: "-0.5", inf: "∞", -inf: "-∞",
	}
	for v, want := range number {
		assert.Equal(t, want, Number(v), "Number(%v)", v)
	}
	assert.Equal(t, None, Number(math.NaN()))
	for v, want := range map[float64]string{0: "0", .5: "+0.5", -.5: "-0.5", 1234: "+1,234", inf: "+∞", -inf: "-∞", -1e-9: "0"} {
		assert.Equal(t, want, Signed(v), "Signed(%v)", v)
	}
	for v, want := range map[float64]string{
		0: "0", 1. / 6: "0.167", 2: "2", 12.345: "12.3", 100.2: "100.2", 100: "100", 333.33: "333", 1234.5: "1,234.5", 1234.56: "1,235", 1e9: "1,000,000,000", .00123: "0.00123", inf: "∞",
	} {
		assert.Equal(t, want, Setting(v), "Setting(%v)", v)
	}
	for v, want := range map[float64]string{
		0: "0 %", 1e-9: "<0.01 %", .0001: "0.01 %", .00123: "0.12 %", .05: "5 %", .12: "12 %", .1234: "12.3 %", .9994: "99.9 %", .9996: ">99.9 %", 1: "100 %", 2: "200 %",
	} {
		assert.Equal(t, want, Share(v), "Share(%v)", v)
	}
	for v, want := range map[float64]string{0: "0 %", .18: "+18 %", -.18: "-18 %", .089: "+8.9 %", .0005: "+0.05 %", 8.99: "+899 %", 9: "times 10", 1e-9: "0 %"} {
		assert.Equal(t, want, Change(v), "Change(%v)", v)
	}
	for v, want := range map[float64]string{.95: "95 %", .995: "99.5 %", .9: "90 %", .999: "99.9 %"} {
		assert.Equal(t, want, Level(v), "Level(%v)", v)
	}
	for d, want := range map[time.Duration]string{
		0: "0:00", 65 * time.Second: "1:05", time.Hour + 2*time.Minute + 3*time.Second: "1:02:03", 123400 * time.Millisecond: "2:03.4",
		59960 * time.Millisecond: "1:00", -time.Second: "-0:01",
	} {
		assert.Equal(t, want, Clock(d), "Clock(%v)", d)
		assert.Equal(t, want, ClockS(d.Seconds()))
	}
	for d, want := range map[time.Duration]string{
		0: "0s", 250 * time.Millisecond: "250ms", 4500 * time.Millisecond: "4.5s", 65 * time.Second: "1m5s", 5 * time.Minute: "5m",
		90 * time.Minute: "1h30m", 2 * time.Hour: "2h", time.Hour + time.Second: "1h0m1s", 1499 * time.Microsecond: "1ms", -time.Minute: "-1m",
	} {
		assert.Equal(t, want, Span(d), "Span(%v)", int64(d))
	}
	for v, want := range map[float64]string{0: "0 B", 999: "999 B", 1234: "1.23 kB", 5e6: "5 MB", 1e15: "1,000 TB"} {
		assert.Equal(t, want, Bytes(v), "Bytes(%v)", v)
	}
	for want, n := range map[string][2]int{"the claim does not hold": {1, 1}, "1 of 2 claims does not hold": {1, 2}, "2 of 3 claims do not hold": {2, 3}, "6 of 6 claims do not hold": {6, 6}} {
		assert.Equal(t, want, Unheld(n[0], n[1]))
	}
	assert.Equal(t, "1,234", Count(1234))
	assert.Equal(t, "-12,345", Count(int64(-12345)))
	assert.Equal(t, "3", Count(2.5))
	assert.Equal(t, "1 phase", Plural(1, "phase"))
	assert.Equal(t, "1,000 phases", Plural(1000, "phase"))
	assert.Equal(t, []string{"", "a", "a and b", "a, b and c"},
		[]string{And(nil), And([]string{"a"}), And([]string{"a", "b"}), And([]string{"a", "b", "c"})})
	assert.Equal(t, None, Part(0, 0))
	assert.Equal(t, "25 %", Part(1, 4))
	assert.Equal(t, "None seen", Capital("none seen"))
	assert.Equal(t, "p95 rose", Capital("p95 rose"))
	assert.Equal(t, "", Capital(""))
}
