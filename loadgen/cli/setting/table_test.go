package setting

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBlanksAroundASettingOfAFile: whatever stands around the value in a file is not
// part of it.
func TestBlanksAroundASettingOfAFile(t *testing.T) {
	for _, blank := range []string{" ", "\t", "\n", "\r\n", "\v\f", " \n\n ", "\u00a0", "\u2003\u2028", "\u3000", "\u0085", "\ufeff", "\u200b", "\x00"} {
		for _, text := range []string{"a  b" + blank, blank + "a  b", blank + "a  b" + blank} {
			var v Value[string]
			table := NewTable(Section{Options: []Option{{Flag: "name", Set: Into(&v, Text)}}})
			require.NoError(t, table.Read(nil, nil, File{"locust.conf", []entry{{"name", []string{text}}}}))
			assert.Equal(t, "a  b", v.V, "%q", text)
		}
	}
}

// read is a table of two options, after it has read a command line, variables and
// the lines of a file.
func read(t *testing.T, args []string, env map[string]string, lines string) (users, seed Value[int], err error) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "locust.conf"), lines)
	files, err := ReadFiles("", dir, "")
	require.NoError(t, err)
	table := NewTable(Section{Heading: "Load", Options: []Option{
		{Flag: "users", Env: []string{"LOCUST_USERS"}, Accepts: "a whole number", Set: Into(&users, Int)},
		{Flag: "seed", Env: []string{"LOAD_SEED"}, Default: "1", Accepts: "a whole number", Set: Into(&seed, Int)},
	}})
	err = table.Read(args, env, files...)
	return users, seed, err
}

func TestASourceKnowsHowStrongItIs(t *testing.T) {
	flag, byDefault, err := read(t, []string{"--users=3"}, nil, "")
	require.NoError(t, err)
	other, ours, err := read(t, nil, map[string]string{"LOCUST_USERS": "4", "LOAD_SEED": "5"}, "")
	require.NoError(t, err)
	file, _, err := read(t, nil, nil, "users = 6")
	require.NoError(t, err)
	none, _, err := read(t, nil, nil, "")
	require.NoError(t, err)
	ordered := []*Source{&flag.Source, &ours.Source, &other.Source, &file.Source, &byDefault.Source}
	for i, from := range ordered {
		for j, than := range ordered {
			assert.Equal(t, i < j, from.Beats(than), "%s beats %s", from.Where(), than.Where())
		}
		assert.Equal(t, i < 4, from.Given(), from.Where())
		assert.Equal(t, i == 0, from.rank == fromFlag, from.Where())
	}
	assert.Equal(t, `--users="3" LOAD_SEED="5" LOCUST_USERS="4" locust.conf: users="6" --seed="1" --users`,
		flag.Where()+" "+ours.Where()+" "+other.Where()+" "+file.Where()+" "+byDefault.Where()+" "+none.Where())
	assert.Equal(t, []string{"--users", "locust.conf: users", "--users"}, []string{flag.Name(), file.Name(), none.Name()})
}

func TestAValueThatIsOverriddenDoesNoHarm(t *testing.T) {
	users, _, err := read(t, []string{"--users=3"}, map[string]string{"LOCUST_USERS": "x"}, "users = y")
	require.NoError(t, err)
	assert.Equal(t, 3, users.V)
	_, _, err = read(t, nil, map[string]string{"LOCUST_USERS": "x"}, "users = 3")
	require.EqualError(t, err, `LOCUST_USERS="x"; accepted: a whole number`)
}

// TestAnUnknownNameExplained: what explains it is the whole message, for a flag and for a
// key of a file; other unknown names keep theirs.
func TestAnUnknownNameExplained(t *testing.T) {
	table := func() *Table {
		table := NewTable(Section{Options: []Option{{Flag: "users", Set: Check(Int)}}})
		table.Explain(func(name string) string {
			if name == "trace" {
				return "needs another program"
			}
			return ""
		})
		return table
	}
	require.EqualError(t, table().Read([]string{"--trace=secret"}, nil), "--trace needs another program")
	require.EqualError(t, table().Read(nil, nil, File{"locust.conf", []entry{{"--trace", []string{"x"}}}}), "locust.conf: --trace needs another program")
	require.EqualError(t, table().Read([]string{"--user"}, nil), "--user: unknown flag; did you mean --users?")
}

// TestAGuessAtASwitch: the bare flag means true, whatever follows it.
func TestAGuessAtASwitch(t *testing.T) {
	var on Value[bool]
	NewTable(Section{Options: []Option{{Flag: "trace", Env: []string{"LOAD_TRACE"}, Switch: true, Set: Into(&on, Bool)}}})
	for text, args := range map[string][]string{"true": {"--trace", "--nosuch"}, "no": {"--nosuch", "--trace=no"}, "": {"--nosuch"}} {
		assert.Equal(t, text, Guess(&on.Source, args, nil))
	}
	assert.Equal(t, "yes", Guess(&on.Source, nil, map[string]string{"LOAD_TRACE": " yes\n"}))
}
