package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scripts are those of the CI jobs in docs/deploy.md, without their indentation.
func scripts(t *testing.T) (all []string) {
	t.Helper()
	for _, rest := range regexp.MustCompile(`(?m)^ +(?:run: |- )\|\n`).Split(guide(t), -1)[1:] {
		indentation := rest[:strings.IndexFunc(rest, func(r rune) bool { return r != ' ' })]
		script := ""
		for line := range strings.Lines(rest) {
			line, inside := strings.CutPrefix(line, indentation)
			if !inside {
				break
			}
			script += line
		}
		all = append(all, script)
	}
	require.NotEmpty(t, all)
	return all
}

// TestCIJobs runs the script of the jobs in docs/deploy.md as they do, with
// shorter times, and with a claim that does not hold.
func TestCIJobs(t *testing.T) {
	t.Parallel()
	all := scripts(t)
	require.Len(t, all, 2)
	assert.Equal(t, all[0], all[1], "both jobs run the same")
	for name, b := range map[string]struct {
		change []string
		code   int
	}{
		"holds":    {[]string{`"p95 < 250ms"`, `"p95 < 25s"`, ` --assert "generator healthy"`, ""}, 0}, // whatever else this machine does
		"does not": {[]string{`"p95 < 250ms"`, `"p95 < 1us"`}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := prepared(t, nil)
			port := freePort(t)
			change := append(b.change, "go build -o bin/ ./examples/todo\n", "", "--run-time 2m", "--run-time 3s", "8081", port)
			script := all[0]
			for i := 0; i < len(change); i += 2 {
				require.Contains(t, script, change[i])
				script = strings.ReplaceAll(script, change[i], change[i+1])
			}
			require.NoError(t, os.Mkdir(filepath.Join(p.cmd.Dir, "bin"), 0o700))
			require.NoError(t, os.Symlink(program, filepath.Join(p.cmd.Dir, "bin", "todo")))
			bash, err := exec.LookPath("bash")
			require.NoError(t, err)
			p.cmd.Path, p.cmd.Args = bash, []string{"bash", "-e", "-c", "trap 'kill $(jobs -p)' EXIT\n" + script}
			require.NoError(t, p.cmd.Start())
			assert.Equal(t, b.code, p.wait(), p.stderr.String())
			for file, part := range map[string]string{"report.xml": "<testsuite", "report.md": "p95 &lt; "} {
				text, err := os.ReadFile(filepath.Join(p.cmd.Dir, file))
				require.NoError(t, err)
				assert.Contains(t, string(text), part)
			}
		})
	}
}

// TestTheSystemdUnit: systemd knows every key, where it is installed. What closes
// the service in is there in any case.
func TestTheSystemdUnit(t *testing.T) {
	t.Parallel()
	unit := block(t, "ini")
	for _, line := range []string{
		"DynamicUser=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes", "PrivateUsers=yes", "NoNewPrivileges=yes",
		"CapabilityBoundingSet=", "SystemCallFilter=@system-service", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "RestrictNamespaces=yes",
		"MemoryDenyWriteExecute=yes", "ProtectKernelTunables=yes", "ProtectControlGroups=yes",
	} {
		assert.Contains(t, unit, "\n"+line+"\n")
	}
	assert.NotRegexp(t, `(?m)^(Restart|ProcSubset)=`, unit)
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("its keys were checked; systemd is not installed, so their spelling was not")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	program := regexp.MustCompile(`(?m)^ExecStart=.*$`)
	require.Len(t, program.FindAllString(unit, -1), 1)
	path := filepath.Join(t.TempDir(), "load-generator.service")
	require.NoError(t, os.WriteFile(path, []byte(program.ReplaceAllString(unit, "ExecStart="+self)), 0o600))
	out, err := exec.Command("systemd-analyze", "verify", path).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		assert.NotContains(t, line, "load-generator.service", "what systemd says of it")
	}
	if err != nil {
		t.Log(string(out)) // other units of this machine may be at fault
	}
}
