package climb

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report/effect/capacity"
)

// read reads a command line of a program with these options and --run-time.
func read(t *testing.T, args ...string) (s capacity.Search, err error) {
	t.Helper()
	var v Values
	var whole setting.Value[time.Duration]
	table := setting.NewTable(setting.Section{Options: append(v.Options(time.ParseDuration), setting.Option{Flag: "run-time", Set: setting.Into(&whole, time.ParseDuration)})})
	if err := table.Read(append([]string{"--capacity", "p95 < 250ms"}, args...), nil); err != nil {
		return s, err
	}
	require.True(t, v.Asked())
	return v.Search(whole.V, &whole.Source)
}

func TestSearchesThatOptionsAskFor(t *testing.T) {
	for _, c := range []struct {
		args     []string
		from, to float64
		users    bool
		time     time.Duration
	}{
		{nil, 10, 10_000, false, 15 * time.Minute},
		{[]string{"--capacity-from", "20/s", "--capacity-to", "1000/s", "--run-time", "30m"}, 20, 1000, false, 30 * time.Minute},
		{[]string{"--capacity-from", "5", "--capacity-to", "200"}, 5, 200, true, 15 * time.Minute},
		{[]string{"--capacity-from", "5"}, 5, 1000, true, 15 * time.Minute},
		{[]string{"--capacity-to", "50"}, 10, 50, true, 15 * time.Minute},
		{[]string{"--capacity-to", "8/s"}, 4, 8, false, 15 * time.Minute},
		{[]string{"--capacity-from", "5000/s"}, 5000, 50_000, false, 15 * time.Minute},
		{[]string{"--capacity-hold", "2m"}, 10, 10_000, false, 30 * time.Minute},
	} {
		s, err := read(t, c.args...)
		require.NoError(t, err, c.args)
		require.NoError(t, s.Validate(), c.args)
		assert.Equal(t, []any{c.from, c.to, c.users, c.time}, []any{s.From, s.To, s.Users, s.Time}, c.args)
		assert.Equal(t, "p95 < 250 ms", s.Claim)
	}
}

func TestSearchesThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--capacity-from", "20/s", "--capacity-to", "200"}, `--capacity-from="20/s" --capacity-to="200": one is of users and the other of arrivals; accepted: both arrivals per second, such as 20/s and 1000/s, or both users, such as 5 and 200`},
		{[]string{"--capacity-from", "20/s", "--capacity-to", "20/s"}, `--capacity-from="20/s" --capacity-to="20/s": there is nothing between them; accepted: a load from which to go up to a higher one`},
		{[]string{"--run-time", "1m"}, `--run-time="1m": a search needs the time of 15 holds of 15s; accepted: 3m45s or more, or a shorter --capacity-hold`},
		{[]string{"--capacity-from", "1.5"}, `--capacity-from="1.5"; accepted: arrivals per second such as 20/s, or users such as 5; at most 1000000/s, or 10000000`},
		{[]string{"--capacity-to", "0/s"}, `--capacity-to="0/s"; accepted: `},
		{[]string{"--capacity-to", "-5"}, `--capacity-to="-5"; accepted: `},
		{[]string{"--capacity-to", "inf/s"}, `--capacity-to="inf/s"; accepted: `},
		{[]string{"--capacity-to", "nan/s"}, `--capacity-to="nan/s"; accepted: `},
		{[]string{"--capacity-hold", "1s"}, `--capacity-hold="1s"; accepted: a time of at least 3s, such as 15s`},
		{[]string{"--capacity", "max < 2s"}, `--capacity="max < 2s": no load is too high for the metric "max"`},
	} {
		_, err := read(t, c.args...)
		assert.ErrorContains(t, err, c.says, c.args)
	}
}
