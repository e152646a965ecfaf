// Writes docs/images/layout_nf4_dq.svg, layout_q4_k.svg and layout_gptq4.svg: how a block of weights lies in memory.
//
//   dotnet run tools/draw_layouts.cs -- docs/images
//
// Sizes are those of src/Tensors/Quantization (BnbFourBitFormat, Q4_K) and src/Models/Weights/Packed (GptqLayout).
#:property RestorePackagesWithLockFile=false

using System.Globalization;
using System.Security;
using System.Text;

string folder = args.Length == 1 ? args[0] : throw new ArgumentException("name the folder that the pictures go to");
Directory.CreateDirectory(folder);
File.WriteAllText(Path.Combine(folder, "layout_nf4_dq.svg"), Nf4());
File.WriteAllText(Path.Combine(folder, "layout_q4_k.svg"), Q4K());
File.WriteAllText(Path.Combine(folder, "layout_gptq4.svg"), Gptq4());

// NF4 with double quantisation: four parts beside each other, each a run of its own.
static string Nf4()
{
    var p = new Picture(960, 390);
    p.Title("NF4 with double quantisation: a block of 64 weights");
    p.Name(70, "codes", "U8, 32 bytes a block");
    for (int i = 0; i < 32; i++) p.Box(190 + i * 23, 52, 23, 26, "c6", i is 0 or 1 or 31 ? i.ToString(CultureInfo.InvariantCulture) : "", 10);
    p.Zoom(190, 78, 213, 78, 190, 106, 430, 106);
    p.Box(190, 106, 120, 26, "c6", "w0: 4 high bits");
    p.Box(310, 106, 120, 26, "c6", "w1: 4 low bits");
    p.Text(446, 124, "a code is one of 16 values between −1 and 1");
    p.Name(178, "absmax", "U8, one byte a block");
    for (int i = 0; i < 8; i++) p.Box(190 + i * 46, 160, 46, 26, i == 0 ? "c2" : "pale", i == 0 ? "a" : i == 7 ? "…" : "", 12);
    p.Text(570, 178, "of this block, then of the blocks after it");
    p.Name(242, "nested_absmax", "F32, one for 256 blocks");
    p.Box(190, 224, 92, 26, "c3", "s");
    p.Box(282, 224, 92, 26, "pale", "…");
    p.Text(390, 242, "shared by 16,384 weights");
    p.Name(306, "nested_offset", "F32, one for the matrix");
    p.Box(190, 288, 92, 26, "c4", "o");
    p.Text(390, 306, "and nested_quant_map, 256 F32: what the 256 values of a mean");
    p.Formula(356, "w = nf4[code] · (map[a] · s + o)", "4 + 8/64 + 32/16,384 = 4.127 bits a weight");
    return p.ToString();
}

// Q4_K: everything of 256 weights in one run of 144 bytes.
static string Q4K()
{
    var p = new Picture(960, 400);
    p.Title("Q4_K: a super-block of 256 weights in 144 bytes");
    p.Name(74, "block", "144 bytes");
    p.Box(150, 56, 56, 28, "c3", "d F16");
    p.Box(206, 56, 76, 28, "c4", "dmin F16");
    p.Box(282, 56, 148, 28, "c2", "scales, 12 bytes");
    p.Box(430, 56, 500, 28, "c6", "codes, 128 bytes");
    p.Zoom(282, 84, 430, 84, 150, 122, 930, 122);
    p.Name(140, "scales", "8 × 6 bits s, 8 × 6 bits m");
    for (int i = 0; i < 12; i++)
        p.Box(150 + i * 65, 122, 65, 28, "c2", i < 4 ? $"s{i}" : i < 8 ? $"m{i - 4}" : $"s{i - 4}, m{i - 4}", 11);
    p.Text(150, 170, "six bits each; the last four bytes hold the low nibbles of s4…s7 and m4…m7, whose two upper bits lie in the spare bits of the first eight");
    p.Zoom(430, 84, 930, 84, 150, 204, 930, 204, "c6");
    p.Name(222, "codes", "4 runs of 32 bytes");
    for (int i = 0; i < 4; i++)
    {
        p.Box(150 + i * 195, 204, 195, 26, "c6", $"low: sub-block {2 * i}", 12);
        p.Box(150 + i * 195, 230, 195, 26, "c6", $"high: sub-block {2 * i + 1}", 12);
    }
    p.Text(150, 278, "byte i of a run: weight i of one sub-block of 32 in its low nibble, weight i of the next in its high nibble");
    p.Formula(330, "w = (d · s) · code − (dmin · m)", "4 + 12·8/256 + 2·16/256 = 4.5 bits a weight");
    p.Text(150, 376, "Q5_K is the same with 32 bytes of fifth bits; Q6_K has no minimum, signed 8-bit s and sub-blocks of 16");
    return p.ToString();
}

// GPTQ's file, of 4 bits and groups of 128: columns are outputs, a word holds eight inputs.
static string Gptq4()
{
    var p = new Picture(960, 470);
    p.Title("GPTQ, 4 bits, groups of 128: one layer's tensors in the file");
    p.Name(84, "qweight", "I32 [in / 8, out]");
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 6; c++)
            p.Box(190 + c * 52, 54 + r * 26, 52, 26, (r, c) == (0, 0) ? "c6" : "pale", (r, c) == (0, 0) ? "word" : c == 5 || r == 2 ? "…" : "", 11);
    p.Text(520, 70, "across: outputs; down: inputs, eight to a word");
    p.Zoom(190, 80, 242, 80, 190, 160, 926, 160, "c6");
    for (int i = 0; i < 8; i++) p.Box(190 + i * 92, 160, 92, 26, "c6", $"in {i}: bits {4 * i}–{4 * i + 3}", 11);
    p.Text(190, 206, "eight inputs of output 0, the first in the lowest bits");
    p.Name(254, "qzeros", "I32 [groups, out / 8]");
    for (int i = 0; i < 8; i++) p.Box(190 + i * 92, 236, 92, 26, "c2", $"out {i}: z − 1", 11);
    p.Text(190, 282, "zero points of eight outputs; format gptq stores them less one, gptq_v2 as they are");
    p.Name(322, "scales", "F16 [groups, out]");
    for (int i = 0; i < 8; i++) p.Box(190 + i * 92, 304, 92, 26, i == 0 ? "c3" : "pale", i == 0 ? "s" : i == 7 ? "…" : "", 11);
    p.Name(374, "g_idx", "I32 [in]");
    for (int i = 0; i < 8; i++) p.Box(190 + i * 92, 356, 92, 26, "c4", i < 7 ? "0" : "…", 11);
    p.Text(190, 402, "group of each input: i / 128, or with desc_act any");
    p.Formula(440, "w = s · (code − z)", "4 + (16 + 4)/128 = 4.16 bits a weight, and g_idx");
    return p.ToString();
}

/// <summary>A picture whose colours follow the reader's light or dark screen.</summary>
internal sealed class Picture(int width, int height)
{
    private static readonly (string Name, string Light, string Dark)[] s_colors =
    [
        ("paper", "#ffffff", "#0d1117"), ("ink", "#222222", "#e6edf3"), ("pale", "#888888", "#8b949e"),
        ("c2", "#c92a2a", "#ff8787"), ("c3", "#5f3dc4", "#b197fc"), ("c4", "#2b8a3e", "#69db7c"), ("c6", "#1864ab", "#74c0fc"),
    ];

    private readonly StringBuilder _body = new();

    public void Title(string text) => Text(width / 2.0, 28, text, 16, "middle");

    public void Name(double y, string name, string what)
    {
        Text(16, y - 3, name, 13);
        Text(16, y + 13, what, 10.5);
    }

    public void Box(double x, double y, double w, double h, string color, string text, double size = 12)
    {
        Add($"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{w:0.##}\" height=\"{h:0.##}\" class=\"{color} s-{color}\" fill-opacity=\"0.15\"/>");
        if (text.Length > 0) Text(x + w / 2, y + h / 2 + size * 0.36, text, size, "middle");
    }

    /// <summary>From a piece to its enlargement.</summary>
    public void Zoom(double x0, double y0, double x1, double y1, double x2, double y2, double x3, double y3, string color = "pale") =>
        Add($"<path d=\"M{x0:0.##} {y0:0.##}L{x2:0.##} {y2:0.##}M{x1:0.##} {y1:0.##}L{x3:0.##} {y3:0.##}\" class=\"s-{color}\" stroke-dasharray=\"4 3\" stroke-opacity=\"0.7\" fill=\"none\"/>");

    public void Formula(double y, string formula, string bits)
    {
        Text(190, y, formula, 15);
        Text(width - 24, y, bits, 13, "end");
    }

    public void Text(double x, double y, string text, double size = 12, string anchor = "start") =>
        Add($"<text x=\"{x:0.##}\" y=\"{y:0.##}\" font-size=\"{size:0.##}\" text-anchor=\"{anchor}\" class=\"ink\">{SecurityElement.Escape(text)}</text>");

    public override string ToString()
    {
        string Rules(Func<(string Name, string Light, string Dark), string> color) => string.Concat(s_colors.Select(c => $".{c.Name} {{ fill: {color(c)} }} .s-{c.Name} {{ stroke: {color(c)} }}\n"));
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\">\n"
            + $"<style>\n{Rules(c => c.Light)}@media (prefers-color-scheme: dark) {{\n{Rules(c => c.Dark)}}}\n</style>\n"
            + $"<rect width=\"{width}\" height=\"{height}\" class=\"paper\"/>\n{_body}</svg>\n";
    }

    private void Add(FormattableString element) => _body.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
