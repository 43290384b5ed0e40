package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/report"
)

// given hands settings to a part.
func given(t *testing.T, args string, env map[string]string) (*asPart, error) {
	t.Helper()
	p := new(asPart)
	if err := setting.NewTable(setting.Section{Options: p.options()}).Read(strings.Fields(args), env); err != nil {
		return p, err
	}
	return p, p.check()
}

func TestWhatAProcessIs(t *testing.T) {
	for _, c := range []struct {
		args, env     string
		wanted, works bool
	}{
		{"", "", false, false},
		{"--expect-workers 3 --cluster-token x", "", false, false},
		{"--master", "", true, false},
		{"--worker", "", true, true},
		{"", "LOCUST_MODE_WORKER=1", true, true},
		{"--processes 2", "", true, false},
		{"--processes -1", "", true, false},
		{"", "LOCUST_PROCESSES=2", true, false},
		{"--worker --processes 2", "", true, true},
		{"--processes 2", "LOAD_CLUSTER_CHILD=0", true, true},
	} {
		name, text, _ := strings.Cut(c.env, "=")
		p, err := given(t, c.args, map[string]string{name: text})
		require.NoError(t, err)
		wanted, _ := p.wanted(p.master.V)
		assert.Equal(t, c.wanted, wanted, c)
		assert.Equal(t, c.works, p.works(), c)
	}
}

func TestRolesThatExcludeEachOther(t *testing.T) {
	for args, want := range map[string]string{
		"--master --worker":                                     `255 --worker="true": cannot go with --master="true"`,
		"--processes 2 --master":                                `1 --processes="2": cannot go with --master="true": it has a master already`,
		"--processes 0":                                         `1 --processes="0"; accepted: a whole number from 1 to 1,000, or -1 for one per core`,
		"--processes -2":                                        `1 --processes="-2"; accepted: a whole number from 1 to 1,000, or -1 for one per core`,
		"--processes x":                                         `0 --processes="x"; accepted: a whole number from 1 to 1,000, or -1 for one per core`,
		"--processes 1001":                                      `1 --processes="1001"; accepted: a whole number from 1 to 1,000, or -1 for one per core`,
		"--expect-workers 0":                                    `0 --expect-workers="0"; accepted: a whole number from 1 to 100,000`,
		"--expect-workers 100001":                               `0 --expect-workers="100001"; accepted: a whole number from 1 to 100,000`,
		"--expect-workers-max-wait 9223372037":                  `0 --expect-workers-max-wait="9223372037"; accepted: whole seconds such as 60, or 0 for no limit`,
		"--worker-index 100000":                                 `0 --worker-index="100000"; accepted: a whole number from 0 to 99,999`,
		"--report-interval 1ms":                                 `0 --report-interval="1ms"; accepted: a time from 10ms to 1m, or 0 for 1s`,
		"--report-interval 900000h":                             `0 --report-interval="900000h"; accepted: a time from 10ms to 1m, or 0 for 1s`,
		"--orphan 900000h":                                      `0 --orphan="900000h"; accepted: a time from 5s to 8760h`,
		"--worker --master-host a:b:c":                          `0 --master-host="a:b:c": "[a:b:c]:5557" is not host:port`,
		"--worker --master-host a:0":                            `0 --master-host="a:0": "0" is not a port`,
		"--worker --master-host a#k#zz":                         `0 --master-host="a#xxxxx#zz": a join string is host:port#token#sha256, and the last is not a SHA-256 of 64 hexadecimal digits`,
		"--worker --master-host=":                               `0 --master-host="": ":5557" does not name a host`,
		"--worker --bus http://a":                               `0 --bus="http://a": "http://a" is not a URL of NATS, such as nats://host:4222 or tls://host:4222`,
		"--master --bus a:4222":                                 `0 --bus="a:4222": not a URL of NATS, such as nats://host:4222`,
		"--master --bus nats://a,,nats://b":                     `0 --bus="nats://a,,nats://b": "" is not a URL of NATS, such as nats://host:4222 or tls://host:4222`,
		"--master --master-bind-host h:1":                       `0 --master-bind-host="h:1": has a colon and is not an address of IPv6; accepted: a name or an address; the port is --master-bind-port`,
		"--master --cluster-token a#b":                          `0 --cluster-token: a token is of printable ASCII characters, without spaces and #`,
		"--worker --cluster-token " + strings.Repeat("t", 1001): `0 --cluster-token: a token has at most 1000 characters`,
		"--master-bind-port 65536":                              `0 --master-bind-port="65536"; accepted: a port from 1 to 65535, or 0 for any free one`,
		"--master-port 0":                                       `0 --master-port="0"; accepted: a port from 1 to 65535`,
		"--on-worker-loss later":                                `0 --on-worker-loss="later"; accepted: border, now, stop or never`,
		"--accept-loss 150%":                                    `0 --accept-loss="150%"; accepted: a share such as 5% or 0.05, or 0`,
		"--orphan 2s":                                           `0 --orphan="2s"; accepted: a time from 5s to 8760h`,
		"--cluster a.b":                                         `0 --cluster="a.b"; accepted: letters, digits, - and _`,
		"--master --cluster-tls-cert x":                         `0 --cluster-tls-cert and --cluster-tls-key: one without the other; accepted: both, or neither`,
		"--master --bus nats://u:pw@b --master-bind-host h":     `0 --master-bind-host="h": cannot go with --bus="nats://u:xxxxx@b", where workers and master meet; accepted: one of them`,
	} {
		_, err := given(t, args, nil)
		e, ok := errors.AsType[*setting.Error](err)
		if assert.True(t, ok, "%s: %v", args, err) {
			assert.Equal(t, want, fmt.Sprintf("%d %v", e.Code, e))
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := given(t, "--worker --journal "+file, nil)
	require.EqualError(t, err, `--journal="`+file+`": not a directory; accepted: a folder that takes files`)
	_, err = given(t, "--master --journal "+file, nil)
	require.NoError(t, err, "it leaves nothing there")
	_, err = given(t, "--master --cluster-token a#b --bus nats://a", nil)
	require.NoError(t, err, "that server says what a token is")
	_, err = given(t, "--worker --bus nats://a?creds=/none.creds", nil)
	require.ErrorContains(t, err, `--bus="nats://a?xxxxx": the credentials of the bus: open /none.creds: `)
	_, err = given(t, "--worker --master-host "+strings.Repeat("h", 100_000), nil)
	require.ErrorContains(t, err, `hhh" does not name a host`)
	assert.Less(t, len(err.Error()), 1000)
	_, err = given(t, "--master", map[string]string{"LOAD_CLUSTER_TOKEN": " "})
	require.ErrorContains(t, err, "LOAD_CLUSTER_TOKEN: holds blanks alone")
	_, err = given(t, "--master --processes 0", map[string]string{childVariable: "1"})
	require.NoError(t, err, "what a child was given besides is its parent's")
}

// TestWhereAMasterListens: on every interface only if workers must show something.
func TestWhereAMasterListens(t *testing.T) {
	for args, want := range map[string]string{
		"--master":                                           "127.0.0.1:5557",
		"--master --cluster-token x":                         "*:5557",
		"--master --cluster-tls-ca x":                        "*:5557",
		"--master --master-bind-host *":                      "*:5557",
		"--master --master-bind-host [::1]":                  "[::1]:5557",
		"--master --master-bind-host h --master-bind-port 7": "h:7",
		"--processes 2":                                      "127.0.0.1:0",
		"--processes 2 --cluster-token x":                    "127.0.0.1:0",
		"--processes 2 --master-bind-port 7":                 "127.0.0.1:7",
	} {
		p, err := given(t, args, nil)
		require.NoError(t, err)
		assert.Equal(t, want, p.listen(p.processes.Given()), args)
	}
}

func TestWhereAWorkerFindsItsMaster(t *testing.T) {
	pin := strings.Repeat("f", 64)
	for args, want := range map[string]string{
		"--worker": "127.0.0.1:5557",
		"--worker --master-host a --master-port 7":   "a:7",
		"--worker --master-host a:8 --master-port 7": "a:8",
		"--worker --master-host ::1":                 "[::1]:5557",
		"--worker --master-host a:8#tok#" + pin:      "a:8#tok#" + pin,
		"--worker --master-host a#tok":               "a:5557#tok",
		"--worker --master-host nats://a,nats://b":   "nats://a,nats://b",
		"--worker --bus tls://a --master-host b":     "tls://a",
	} {
		p, err := given(t, args, nil)
		require.NoError(t, err)
		assert.Equal(t, want, p.join(), args)
	}
	for text, want := range map[string]string{"a:8#tok#ff": "a:8#xxxxx#ff", "a:8##ff": "a:8##ff", "a:8#tok": "a:8#xxxxx", "a": "a", "nats://u:p@a": "nats://u:xxxxx@a"} {
		assert.Equal(t, want, hideToken(text))
	}
}

func TestSharesThatMayBeLost(t *testing.T) {
	for text, want := range map[string]float64{"0": 0, "5%": .05, "0.05": .05, "1": 1, "100%": 1, "0%": 0} {
		got, err := lossShare(text)
		require.NoError(t, err, text)
		assert.InDelta(t, want, got, 1e-12, text)
	}
	for _, text := range []string{"", "-1", "2", "101%", "x", "5%%"} {
		_, err := lossShare(text)
		require.Error(t, err, text)
	}
	lost := &report.Summary{EndS: 10, Phases: []report.PhaseSummary{{EndS: 10, Lost: &report.Loss{UserSeconds: 5, Share: .05}}}}
	assert.Empty(t, (&master{accept: .05}).judge(lost))
	assert.Equal(t, "5 % of the load was lost with workers, and --accept-loss takes 1 %", (&master{accept: .01}).judge(lost))
	assert.Empty(t, new(master).judge(new(report.Summary)))
}

// TestExitCodesOfAWorker are Locust's.
func TestExitCodesOfAWorker(t *testing.T) {
	require.NoError(t, failure(nil))
	for err, want := range map[error]part.Failure{
		fmt.Errorf("cluster: %w: nothing listens", ErrUnreached): {Code: 255, Text: "Failed to connect to the Locust master: nothing listens"},
		fmt.Errorf("cluster: %w: other build", ErrRefused):       {Code: 1, Text: "the master refuses this worker: other build"},
		fmt.Errorf("cluster: %w 5 s", ErrOrphaned):               {Code: 1}, // logged when it stopped its users
	} {
		got, ok := errors.AsType[*part.Failure](failure(err))
		require.True(t, ok)
		assert.Equal(t, want, *got)
	}
}

// TestAMasterThatWaitsInVain ends with Locust's line and code.
func TestAMasterThatWaitsInVain(t *testing.T) {
	lengthy(t)
	p, err := given(t, "--master --master-bind-port 0 --expect-workers-max-wait 1", nil)
	require.NoError(t, err)
	var log bytes.Buffer
	s := part.Setup{Program: "shop", Log: slog.New(slog.NewTextHandler(&log, nil)), Settings: map[string]string{"host": "http://localhost:8081"}}
	running, err := p.start(t.Context(), s)
	require.NoError(t, err)
	assert.Contains(t, log.String(), "those of other machines need a token, LOAD_CLUSTER_TOKEN")
	require.ErrorContains(t, running.Fleet.Ready(), "before at least one worker processes has connected")
	err = running.Await(t.Context())
	failed, ok := errors.AsType[*part.Failure](err)
	require.True(t, ok, err)
	assert.Equal(t, part.Failure{Code: 1, Text: "Gave up waiting for workers to connect"}, *failed)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, running.Await(ctx), "the process is to end")
	assert.Empty(t, running.Workers())
	require.NoError(t, running.Stop(t.Context()))
}

// TestAMasterOfOtherMachines logs how they join, without the token, and that a target on this machine
// is none on theirs.
func TestAMasterOfOtherMachines(t *testing.T) {
	p, err := given(t, "--master --master-bind-port 0", map[string]string{"LOAD_CLUSTER_TOKEN": "sesame-4711"})
	require.NoError(t, err)
	var log bytes.Buffer
	s := part.Setup{Program: "shop", Log: slog.New(slog.NewTextHandler(&log, nil)), Settings: map[string]string{"host": "http://127.0.0.1:8081"}}
	running, err := p.start(t.Context(), s)
	require.NoError(t, err)
	defer func() { require.NoError(t, running.Stop(t.Context())) }()
	assert.Regexp(t, `they join with the same LOAD_CLUSTER_TOKEN and --worker --master-host '`+regexp.QuoteMeta(hostName())+`:\d+##[0-9a-f]{64}'`, log.String())
	assert.Contains(t, log.String(), "a worker of another machine looks for the target http://127.0.0.1:8081 there")
	assert.NotContains(t, log.String(), "sesame")
}

// TestAPortThatIsTaken is one line, with Locust's exit code.
func TestAPortThatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	p, err := given(t, "--master --master-bind-port "+port, nil)
	require.NoError(t, err)
	_, err = p.start(t.Context(), part.Setup{Program: "shop", Log: slog.New(slog.DiscardHandler)})
	e, ok := errors.AsType[*setting.Error](err)
	require.True(t, ok, err)
	assert.Equal(t, 1, e.Code)
	assert.Contains(t, e.Error(), `--master-bind-port="`+port+`"`)
}

// TestSettingsThatAreTooLong are refused by the name of the longest one, as they would never arrive.
func TestSettingsThatAreTooLong(t *testing.T) {
	p, err := given(t, "--master --master-bind-port 0", nil)
	require.NoError(t, err)
	s := part.Setup{Program: "shop", Log: slog.New(slog.DiscardHandler), Settings: map[string]string{"tags": strings.Repeat("<", 150_000), "header": strings.Repeat("a", 200_000), "host": "http://a"}}
	_, err = p.start(t.Context(), s)
	e, ok := errors.AsType[*setting.Error](err)
	require.True(t, ok, err)
	assert.Zero(t, e.Code, "that of bad input")
	assert.EqualError(t, e, "--tags: has 900 kB of the 1.1 MB of settings that each worker gets in one message, and several processes take at most 1 MB")
	_, err = Listen(t.Context(), Config{Program: "shop", Settings: s.Settings})
	assert.EqualError(t, err, `cluster: the setting "tags" has 900 kB of the 1.1 MB of settings that each worker gets in one message, and several processes take at most 1 MB`)
	s.Settings["tags"] = ""
	s.Version = strings.Repeat("1", 201)
	_, err = p.start(t.Context(), s)
	require.ErrorContains(t, err, "name or version of the program has 201 bytes, and several processes take at most 200")
	err = Work(t.Context(), WorkerConfig{Program: "shop", Version: s.Version})
	require.ErrorContains(t, err, "name or version of the program has 201 bytes")
}

// TestCertificatesThatCannotBeUsed are refused by the name of their option, not as a port.
func TestCertificatesThatCannotBeUsed(t *testing.T) {
	for args, want := range map[string]string{
		"--cluster-tls-cert no.pem --cluster-tls-key no.key": `--cluster-tls-cert="no.pem": certificate no.pem with key no.key: open no.pem: no such file`,
		"--cluster-tls-ca no.pem":                            `--cluster-tls-ca="no.pem": a CA for the certificates of workers needs a certificate`,
	} {
		p, err := given(t, "--master --master-bind-port 0 "+args, nil)
		require.NoError(t, err)
		_, err = p.start(t.Context(), part.Setup{Program: "shop", Log: slog.New(slog.DiscardHandler)})
		e, ok := errors.AsType[*setting.Error](err)
		require.True(t, ok, err)
		assert.Equal(t, 1, e.Code)
		assert.Contains(t, e.Error(), want)
	}
}

// TestOptionsAreDescribed holds docs/command.md against the part's options.
func TestOptionsAreDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/command.md")
	require.NoError(t, err)
	for _, o := range new(asPart).options() {
		if o.Hidden {
			continue
		}
		assert.Contains(t, string(page), "`--"+o.Flag+"`")
		for _, name := range o.Env {
			assert.Contains(t, string(page), "`"+name+"`")
		}
		assert.NotEmpty(t, o.Help, o.Flag)
	}
}
