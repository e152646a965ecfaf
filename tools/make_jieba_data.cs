// Writes src/Train/Metrics/jieba.txt.br from the two files of the jieba segmenter (0.42.1, MIT, Sun Junyi):
//
//   dotnet run tools/make_jieba_data.cs -- FOLDER
//
// FOLDER holds dict.txt, "word frequency tag" a line, and hmm.json, natural logarithms of the start, transition and
// emission tables of the states B, M, E, S. The output is Brotli over UTF-8 lines:
//
//   words COUNT SUM          the sum counts repeated lines of dict.txt, as the segmenter does
//   Ssuffix FREQUENCY        COUNT lines in the order of UTF-16 units; S, base 36: characters shared with the word above
//   start STATE LOG          4 lines
//   trans FROM TO LOG        8 lines
//   emit STATE LOG CHARS     every character of this state that has this logarithm
#:property RestorePackagesWithLockFile=false

using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

string folder = args.Length == 1 ? args[0] : throw new ArgumentException("name the folder with dict.txt and hmm.json");
var frequency = new Dictionary<string, long>();
long sum = 0;
foreach (string line in File.ReadLines(Path.Combine(folder, "dict.txt")))
{
    string[] parts = line.Trim().Split(' ');
    long count = long.Parse(parts[1], CultureInfo.InvariantCulture);
    frequency[parts[0]] = count;
    sum += count;
}
string[] words = [.. frequency.Keys];
Array.Sort(words, string.CompareOrdinal);

var text = new StringBuilder();
text.Append(CultureInfo.InvariantCulture, $"words {words.Length} {sum}\n");
string above = "";
foreach (string word in words)
{
    int shared = 0;
    while (shared < Math.Min(word.Length, above.Length) && word[shared] == above[shared]) shared++;
    text.Append("0123456789abcdefghijklmnopqrstuvwxyz"[shared]).Append(word, shared, word.Length - shared).Append(CultureInfo.InvariantCulture, $" {frequency[word]}\n");
    above = word;
}

using JsonDocument hmm = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "hmm.json")));
string Log(JsonElement number) => number.GetDouble().ToString("R", CultureInfo.InvariantCulture);
foreach (JsonProperty state in hmm.RootElement.GetProperty("start").EnumerateObject()) text.Append(CultureInfo.InvariantCulture, $"start {state.Name} {Log(state.Value)}\n");
foreach (JsonProperty from in hmm.RootElement.GetProperty("trans").EnumerateObject())
    foreach (JsonProperty to in from.Value.EnumerateObject()) text.Append(CultureInfo.InvariantCulture, $"trans {from.Name} {to.Name} {Log(to.Value)}\n");
foreach (JsonProperty state in hmm.RootElement.GetProperty("emit").EnumerateObject())
    foreach (var group in state.Value.EnumerateObject().GroupBy(e => e.Value.GetDouble()).OrderByDescending(g => g.Key))
        text.Append(CultureInfo.InvariantCulture, $"emit {state.Name} {group.Key:R} {string.Concat(group.Select(e => e.Name).Order(StringComparer.Ordinal))}\n");

using FileStream file = File.Create("src/Train/Metrics/jieba.txt.br");
using var brotli = new BrotliStream(file, new BrotliCompressionOptions { Quality = 11 });
brotli.Write(Encoding.UTF8.GetBytes(text.ToString()));
