// Package part says what a program of package loadgen/cli takes or leaves: an
// exporter, say. The command imports no part and no part the command, so a program
// links what it names and nothing else:
//
//	cli.Main(cli.App{
//		Name: "shop", User: "Shopper", New: newShop,
//		Parts: []part.Part{datadog.Part(datadog.Config{})},
//	})
//
// A part of one's own is a function that returns a [Part]. What follows its runs is
// an Observer, which works with loadgen.Runner and loadgen/loadtest just as well.
//
// # When what is called
//
// All settings are read first. Then Check of each part that is wanted; the mistakes of
// all are one message. With --help, --plan and the like that is all. Then Start of
// each, in the order of the App, and at the end of the process Stop of all at once.
// These three are called at most once, and a Part belongs to one App: its options keep
// what they were set to.
//
// A part that makes the load in several processes has more: in the coordinator, the
// process that its user steers, it brings a Fleet; in a worker its Work takes the place
// of the load, and all other parts start when the worker first knows what to do.
package part
