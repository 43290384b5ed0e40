package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// TestUsersAndRates is the table of how -u and -r go with LOAD_* variables.
func TestUsersAndRates(t *testing.T) {
	type want struct {
		baseline, intervention         int
		baselineRate, interventionRate float64
	}
	for _, c := range []struct {
		name string
		args string
		env  map[string]string
		want want
	}{
		{"the seed's defaults", "", nil, want{10, 10, 2, 2}},
		{"flags speak of both phases", "-u 20 -r 5", nil, want{20, 20, 5, 5}},
		{"a closer flag wins", "-u 20 --intervention-users 50 -r 5 --baseline-spawn-rate 1", nil, want{20, 50, 1, 5}},
		{"a flag beats LOAD_*", "-u 20 -r 4", map[string]string{"LOAD_BASELINE_USERS": "1", "LOAD_INTERVENTION_USERS": "50", "LOAD_INTERVENTION_SPAWN_RATE": "9"}, want{20, 20, 4, 4}},
		{"LOAD_* beats LOCUST_*", "", map[string]string{"LOCUST_USERS": "7", "LOCUST_SPAWN_RATE": "3", "LOAD_INTERVENTION_USERS": "50"}, want{7, 50, 3, 3}},
		{"a closer flag beats LOCUST_*", "--baseline-users 2", map[string]string{"LOCUST_USERS": "7"}, want{2, 7, 2, 2}},
		{"all at once", "-r inf", nil, want{10, 10, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, err := configured(t, shop(), append(words(c.args), "--warmup-duration=5m"), c.env)
			require.NoError(t, err)
			s, err := config.schedule()
			require.NoError(t, err)
			require.Len(t, s, 2)
			assert.Equal(t, c.want, want{s[0].Users, s[1].Users, s[0].SpawnRate, s[1].SpawnRate})
		})
	}
}

func TestSchedule(t *testing.T) {
	type span struct {
		name string
		long time.Duration
	}
	for _, c := range []struct {
		env  map[string]string
		want []span
	}{
		{map[string]string{}, []span{{"intervention", 0}}},
		{map[string]string{"LOCUST_RUN_TIME": "60"}, []span{{"intervention", time.Minute}}},
		{map[string]string{"LOAD_WARMUP_DURATION": "300"}, []span{{"baseline", 5 * time.Minute}, {"intervention", 0}}},
		{map[string]string{"LOAD_WARMUP_DURATION": "300", "LOCUST_RUN_TIME": "900"}, []span{{"baseline", 5 * time.Minute}, {"intervention", 10 * time.Minute}}},
	} {
		config, err := configured(t, shop(), nil, c.env)
		require.NoError(t, err)
		s, err := config.schedule()
		require.NoError(t, err)
		var got []span
		for _, p := range s {
			got = append(got, span{p.Name, p.For})
		}
		assert.Equalf(t, c.want, got, "%v", c.env)
	}
}

func TestWeightsOfEachPhase(t *testing.T) {
	config, err := configured(t, shop(), nil, map[string]string{
		"LOAD_WARMUP_DURATION": "1m", "LOAD_BASELINE_TASK_WEIGHTS": `{"list": 1}`, "LOAD_INTERVENTION_TASK_WEIGHTS": `{"buy": 2}`,
	})
	require.NoError(t, err)
	s, err := config.schedule()
	require.NoError(t, err)
	assert.Equal(t, phase.Weights{"list": 1}, s[0].Weights)
	assert.Equal(t, phase.Weights{"buy": 2}, s[1].Weights)
}

func TestRhythm(t *testing.T) {
	config, err := configured(t, shop(), words("--on=10s --off=20s"), map[string]string{"LOAD_THINK": "1s..3s"})
	require.NoError(t, err)
	pace, err := config.pacer()
	require.NoError(t, err)
	assert.IsType(t, scenario.OnOff{}, pace)
	assert.InDelta(t, 1.0/3, pace.Load(0).OnShare, 1e-9)
	config, err = configured(t, shop(), words("--always-on"), nil)
	require.NoError(t, err)
	pace, err = config.pacer()
	require.NoError(t, err)
	assert.IsType(t, scenario.Think{}, pace)
}
