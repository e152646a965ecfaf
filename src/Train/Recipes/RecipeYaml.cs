using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Pure.Tuner;

/// <summary>YAML text as nodes, within bounds: recipes are flat, so deep nesting and aliases that multiply are damage or malice.</summary>
internal static class RecipeYaml
{
    private const int Deepest = 32, MostNodes = 100_000, MostCharacters = 1 << 22;

    /// <summary>The root of the first document, or null where there is none.</summary>
    /// <exception cref="YamlException">It is not YAML, or beyond the bounds.</exception>
    public static YamlNode? Read(string text)
    {
        if (text.Length > MostCharacters) throw new YamlException($"more than {MostCharacters} characters");
        try
        {
            var stream = new YamlStream();
            stream.Load(new BoundedParser(new Parser(new StringReader(text))));
            YamlNode? root = stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode;
            int left = MostNodes;
            if (root is not null) Measure(root, 0, ref left);
            return root;
        }
        // The library answers some malformed texts with whatever it stumbled over.
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or OverflowException or IndexOutOfRangeException or NullReferenceException)
        {
            throw new YamlException("the text breaks off or is garbled", e);
        }
    }

    /// <summary>Counts nodes with every alias written out, as they will be read.</summary>
    private static void Measure(YamlNode node, int depth, ref int left)
    {
        if (depth > Deepest) throw Fault(node, "an alias that holds itself, or nesting too deep");
        if (--left < 0) throw Fault(node, $"aliases that make more than {MostNodes} values");
        if (node is YamlSequenceNode list)
            foreach (YamlNode item in list.Children) Measure(item, depth + 1, ref left);
        if (node is YamlMappingNode map)
            foreach ((YamlNode key, YamlNode value) in map.Children)
            {
                Measure(key, depth + 1, ref left);
                Measure(value, depth + 1, ref left);
            }
    }

    private static YamlException Fault(YamlNode node, string what) => new(node.Start, node.End, what);

    /// <summary>Stops before nodes are nested deeper than the stack of the one who builds them.</summary>
    private sealed class BoundedParser(Parser parser) : IParser
    {
        private int _depth;

        public ParsingEvent? Current => parser.Current;

        public bool MoveNext()
        {
            if (!parser.MoveNext()) return false;
            if (parser.Current is MappingStart or SequenceStart && ++_depth > Deepest) throw new YamlException(parser.Current.Start, parser.Current.End, $"nested more than {Deepest} deep");
            if (parser.Current is MappingEnd or SequenceEnd) _depth--;
            return true;
        }
    }
}
