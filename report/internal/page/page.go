// Package page holds what the live page and the report in one file share: scripts
// and style of the charts, and the figures that the charts draw.
package page

import (
	"embed"
	"slices"
)

//go:embed assets
var assets embed.FS

// Names returns the names of the shared scripts and styles, in ascending order.
func Names() []string {
	files, err := assets.ReadDir("assets")
	if err != nil {
		panic("page: " + err.Error()) // the folder is part of the program
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name()
	}
	return names
}

// Has reports whether there is a shared file of a name.
func Has(name string) bool { return slices.Contains(Names(), name) }

// Asset returns a shared file, which must be one of [Names].
func Asset(name string) []byte {
	data, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic("page: " + err.Error())
	}
	return data
}
