//go:build browser

package browsertest

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pictures is set to make those of docs/command.md again:
//
//	go test -tags browser -run TestStates/laptop-light ./report/web/browsertest -args -pictures "$PWD/docs/images"
var pictures = flag.String("pictures", "", "write the documents' pictures of the page into this folder")

// largest is how many bytes a picture of a document may have.
const largest = 150_000

// picture makes a document's picture of what is on the screen, if they are asked for.
func (p *page) picture(name string) {
	p.t.Helper()
	if *pictures == "" {
		return
	}
	taken, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	seen, err := png.Decode(bytes.NewReader(taken))
	require.NoError(p.t, err)
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	require.NoError(p.t, encoder.Encode(&small, indexed(seen)))
	assert.Less(p.t, small.Len(), largest, name)
	require.NoError(p.t, os.MkdirAll(*pictures, 0o755))
	require.NoError(p.t, os.WriteFile(filepath.Join(*pictures, name+".png"), small.Bytes(), 0o644))
}

// indexed is a picture in the 256 colours that it has most of: the edges of letters have thousands.
func indexed(of image.Image) *image.Paletted {
	times := map[color.Color]int{}
	for y := of.Bounds().Min.Y; y < of.Bounds().Max.Y; y++ {
		for x := of.Bounds().Min.X; x < of.Bounds().Max.X; x++ {
			times[of.At(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(times), func(a, b color.Color) int { return cmp.Compare(times[b], times[a]) })
	out := image.NewPaletted(of.Bounds(), most[:min(len(most), 256)])
	draw.Draw(out, of.Bounds(), of, of.Bounds().Min, draw.Src)
	return out
}
