// Package setting reads the settings of a command: one table of options drives
// the command line, the environment, configuration files and the help text.
//
// An [Option] names a flag and the variables that set it too, and says how their
// text is read. A [Value] keeps what was read together with its [Source], so that
// a message can name a setting as the user wrote it, and a weaker setting can be
// told from a stronger one, without looking it up by name:
//
//	var users setting.Value[int]
//	table := setting.NewTable(setting.Section{Heading: "Load", Options: []setting.Option{
//		{Flag: "users", Takes: "N", Env: []string{"LOAD_USERS"}, Set: setting.Into(&users, setting.Int)},
//	}})
//	err := table.Read(os.Args[1:], nil)
//	// users.V, users.Given(), users.Where()
//
// The strongest source counts, and only that one is read, so that a bad value
// that is overridden does no harm: the flag, a LOAD_* variable, another variable,
// a configuration file, the default.
//
// The package stands outside of the command, so that a part of a program, an
// exporter say, can name its settings without importing the command.
package setting
