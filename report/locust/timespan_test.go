package locust

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseTimespan(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "300": 300 * time.Second, "300s": 300 * time.Second, "90m": 90 * time.Minute, "007": 7 * time.Second,
		"1h30m": 90 * time.Minute, "3h30m10s": 3*time.Hour + 30*time.Minute + 10*time.Second, "1h5s": time.Hour + 5*time.Second,
		"100m": 100 * time.Minute, "9223372036": 9223372036 * time.Second,
	} {
		got, err := ParseTimespan(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, got, in)
	}
}

func TestParseTimespanRefuses(t *testing.T) {
	const accepted = ": whole seconds or parts in the order h, m, s are accepted, such as 300, 90m or 1h30m10s"
	for _, in := range []string{
		"", " ", " 5", "5 ", "5 m", "1.5h", "5m30", "30m1h", "1d", "1H", "-5", "+5", "1e3", "1h1h", "h", "m5", "5ms", "5é", "٣s", "1_000",
	} {
		_, err := ParseTimespan(in)
		assert.ErrorContains(t, err, " is not a time span"+accepted, in)
	}
	for _, in := range []string{"9223372037", "2562048h", "2562047h60m", "99999999999999999999", "18446744074", "5124096h", "307445735m"} {
		_, err := ParseTimespan(in)
		assert.EqualError(t, err, `"`+in+`" is too long`+accepted)
	}
}

func FuzzParseTimespan(f *testing.F) {
	for _, seed := range []string{"300", "1h30m10s", "5m30", "9223372037s", ""} {
		f.Add(seed)
	}
	rule := regexp.MustCompile(`^(\d+|(\d+h)?(\d+m)?(\d+s)?)$`)
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseTimespan(s)
		valid := s != "" && rule.MatchString(s)
		if !valid {
			require.Error(t, err)
		}
		if err != nil {
			require.Zero(t, d)
			require.True(t, !valid || len(s) > 6, "only long ones overflow: %q", s)
			return
		}
		require.GreaterOrEqual(t, d, time.Duration(0))
		require.Zero(t, d%time.Second)
		if strings.Trim(s, "0123456789") == "" {
			s += "s"
		}
		same, err := time.ParseDuration(s)
		require.NoError(t, err)
		require.Equal(t, same, d)
	})
}
