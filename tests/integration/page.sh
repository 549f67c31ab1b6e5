#!/bin/bash
# page.sh OUT [TEST] - plan --html in a browser. Needs Debian's chromium, which
# .ci/run installs and `make deps` does not.
. "$(dirname "$0")/lib.sh"

stack() {
	cat >miso.yaml <<'END'
version: 1
name: page
providers: {here: {type: fake, state: state.json}}
images: {app: {program: ./app}}
instances:
  db: {image: "${image.app}", hostname: db, env: {A: one}}
  web:
    image: ${image.app}
    for_each: 3
    env:
      DB: ${instance.db.ip}
      EVIL: "</code></td><script>document.title='run'</script><img src=x onerror=document.title='run'>"
  old: {image: "${image.app}"}
END
	miso apply --yes >/dev/null 2>&1
	sed -i '/^  old/d; s/hostname: db/hostname: base/; s/A: one/A: two/' miso.yaml
	sed -i "s/'run'/'ran'/g" miso.yaml
	miso plan --html page.html >/dev/null
}

browse() {
	timeout 60 chromium --headless=new --no-sandbox --disable-gpu \
		--user-data-dir="$PWD/profile" --window-size=1280,1400 "$@" \
		"file://$PWD/page.html" 2>log
}

a_page_is_shown_and_nothing_in_it_runs() {
	stack
	browse --dump-dom >dom
	grep -q '<title>Plan of page</title>' dom || fail "another title"
	[ "$(grep -c 'class="card update"' dom)" -eq 3 ] || fail "cards"
	[ "$(grep -o '<g class="box [a-z]*"' dom | sort | uniq -c |
		tr -s ' \n' ' ')" = ' 1 <g class="box delete" 1 <g class="box none" 1 <g class="box replace" 1 <g class="box update" ' ] ||
		fail "boxes"
	never grep -q '<script' dom
	never grep -q '<img' dom
}

# Every link of the drawing leads to a card.
links_lead_somewhere() {
	stack
	browse --dump-dom >dom
	grep -o 'href="#[^"]*"' dom | sed 's/href="#//; s/"//' | sort -u >links
	[ -s links ] || fail "no links"
	while read -r id; do
		grep -q "id=\"$id\"" dom || fail "nothing is called $id"
	done <links
}

# It fits, is not empty, and a picture of it is more than a white sheet.
a_picture_shows_the_colours_of_the_changes() {
	stack
	browse --hide-scrollbars --screenshot="$PWD/page.png"
	python3 - page.png <<'END'
import struct, sys, zlib
data = open(sys.argv[1], "rb").read()
at, raw = 8, b""
while at < len(data):
    size, kind = struct.unpack(">I4s", data[at:at + 8])
    body = data[at + 8:at + 8 + size]
    if kind == b"IHDR":
        width, height, depth, colour = struct.unpack(">IIBB", body[:10])
    elif kind == b"IDAT":
        raw += body
    at += 12 + size
step = {2: 3, 6: 4}[colour]
raw, seen, last = zlib.decompress(raw), {}, bytearray(width * step)
for y in range(height):
    line = bytearray(raw[y * (width * step + 1) + 1:(y + 1) * (width * step + 1)])
    how = raw[y * (width * step + 1)]
    for i in range(len(line)):
        a = line[i - step] if i >= step else 0
        b, c = last[i], last[i - step] if i >= step else 0
        p = a + b - c
        near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        line[i] = (line[i] + (0, a, b, (a + b) // 2, near)[how]) & 255
    for x in range(0, width, 4):
        rgb = tuple(line[x * step:x * step + 3])
        seen[rgb] = seen.get(rgb, 0) + 1
    last = line
for name, rgb in (("update", (0xff, 0xf8, 0xc5)), ("replace", (0xff, 0xe2, 0xcc)),
                  ("delete", (0xff, 0xeb, 0xe9)), ("plus", (0xda, 0xfb, 0xe1))):
    if seen.get(rgb, 0) < 50:
        sys.exit(f"{name} is not to be seen: {seen.get(rgb, 0)}")
END
}

if ! command -v chromium >/dev/null; then
	echo "-- page.sh: there is no chromium here; .ci/run installs it"
	exit 0
fi
TEST_SECONDS=120
tests a_page_is_shown_and_nothing_in_it_runs links_lead_somewhere \
	a_picture_shows_the_colours_of_the_changes
