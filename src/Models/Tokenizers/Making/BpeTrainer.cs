using System.Runtime.InteropServices;
using System.Text;

namespace Pure.Tuner;

/// <summary>Learns a byte-level BPE vocabulary: the most frequent pair of neighbours becomes a token, again and again.</summary>
/// <remarks>Sennrich et al. 2016, arXiv:1508.07909, over bytes as in GPT-2. The same texts give the same vocabulary: among equally frequent pairs the one with the smaller ids is taken.</remarks>
internal static class BpeTrainer
{
    /// <param name="texts">What to learn from.</param>
    /// <param name="vocabularySize">Special tokens, the 256 bytes and merges together; fewer when the texts give no more pairs that occur twice.</param>
    /// <param name="specialTokens">They get the first ids, in order.</param>
    /// <exception cref="ArgumentException">The size has no room for the special tokens and the bytes.</exception>
    public static Tokenizer Train(IEnumerable<string> texts, int vocabularySize, string[] specialTokens)
    {
        if (vocabularySize < specialTokens.Length + 256) throw new ArgumentException($"bpe_trainer: a vocabulary of {vocabularySize} has no room for {specialTokens.Length} special tokens and 256 bytes", nameof(vocabularySize));
        List<string> tokens = [.. specialTokens];
        // Bytes in the order of their characters, as GPT-2 numbers them.
        var idOfByte = new int[256];
        foreach (int b in Enumerable.Range(0, 256).OrderBy(b => ByteAlphabet.Char((byte)b)))
        {
            idOfByte[b] = tokens.Count;
            tokens.Add(ByteAlphabet.Char((byte)b).ToString());
        }
        (List<int[]> words, List<long> counts) = Words(texts, idOfByte);
        List<(int Left, int Right)> merges = Merge(words, counts, tokens, vocabularySize);

        byte[] json = TokenizerJsonWriter.Write(specialTokens.Select((t, i) => (i, new AddedToken(t))), w =>
        {
            w.WriteNull("normalizer");
            TokenizerJsonWriter.ByteLevel(w, "pre_tokenizer", useRegex: true);
            w.WriteNull("post_processor");
            TokenizerJsonWriter.ByteLevel(w, "decoder", useRegex: true);
        }, w =>
        {
            w.WriteNull("unk_token");
            w.WriteNull("continuing_subword_prefix");
            w.WriteNull("end_of_word_suffix");
            w.WriteBoolean("fuse_unk", false);
            w.WriteBoolean("byte_fallback", false);
            w.WriteBoolean("ignore_merges", false);
        }, tokens, merges.Select(m => new BpeMerge(tokens[m.Left].AsMemory(), tokens[m.Right].AsMemory())));
        return new Tokenizer(new TokenizerFiles("trained tokenizer", json, null, null, null));
    }

    private static (List<int[]> Words, List<long> Counts) Words(IEnumerable<string> texts, int[] idOfByte)
    {
        var pattern = new RegexPattern(PreTokenizers.Gpt2Split);
        var frequency = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = frequency.GetAlternateLookup<ReadOnlySpan<char>>();
        var order = new List<string>();
        var matches = new List<Match>();
        foreach (string text in texts)
        {
            matches.Clear();
            pattern.Find(text, matches);
            foreach (Match match in matches)
            {
                ReadOnlySpan<char> word = text.AsSpan(match.Start, match.End - match.Start);
                ref long count = ref CollectionsMarshal.GetValueRefOrAddDefault(lookup, word, out bool known);
                count++;
                if (!known) order.Add(word.ToString());
            }
        }
        return ([.. order.Select(w => Encoding.UTF8.GetBytes(w).Select(b => idOfByte[b]).ToArray())], [.. order.Select(w => frequency[w])]);
    }

    private static List<(int, int)> Merge(List<int[]> words, List<long> counts, List<string> tokens, int vocabularySize)
    {
        var pairCounts = new Dictionary<(int, int), long>();
        var pairWords = new Dictionary<(int, int), HashSet<int>>();
        for (int w = 0; w < words.Count; w++) Count(w, words[w], +1);
        var queue = new PriorityQueue<(int Left, int Right), (long, int, int)>();
        foreach (((int l, int r) pair, long count) in pairCounts) queue.Enqueue(pair, (-count, pair.l, pair.r));

        // Two pairs can spell the same token; it then has one id.
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < tokens.Count; i++) ids.TryAdd(tokens[i], i);
        var merges = new List<(int, int)>();
        while (tokens.Count < vocabularySize && queue.TryDequeue(out (int Left, int Right) best, out (long Count, int, int) priority))
        {
            long count = pairCounts.GetValueOrDefault(best);
            if (count != -priority.Count)
            {
                // The count fell after the entry was made (a rise makes an entry of its own).
                if (count > 0 && count < -priority.Count) queue.Enqueue(best, (-count, best.Left, best.Right));
                continue;
            }
            if (count < 2) break;
            string merged = tokens[best.Left] + tokens[best.Right];
            if (!ids.TryGetValue(merged, out int id))
            {
                ids[merged] = id = tokens.Count;
                tokens.Add(merged);
            }
            merges.Add(best);
            var touched = new HashSet<(int, int)>();
            foreach (int w in pairWords[best].Order().ToArray())
            {
                int[] old = words[w];
                Count(w, old, -1);
                words[w] = Apply(old, best, id);
                Count(w, words[w], +1);
                for (int i = 0; i + 1 < words[w].Length; i++)
                    if (words[w][i] == id || words[w][i + 1] == id) touched.Add((words[w][i], words[w][i + 1]));
            }
            pairCounts.Remove(best);
            pairWords.Remove(best);
            foreach ((int Left, int Right) pair in touched) queue.Enqueue(pair, (-pairCounts[pair], pair.Left, pair.Right));
        }
        return merges;

        void Count(int w, int[] word, int sign)
        {
            for (int i = 0; i + 1 < word.Length; i++)
            {
                (int, int) pair = (word[i], word[i + 1]);
                CollectionsMarshal.GetValueRefOrAddDefault(pairCounts, pair, out _) += sign * counts[w];
                if (sign < 0) continue;
                if (!pairWords.TryGetValue(pair, out HashSet<int>? where)) pairWords[pair] = where = [];
                where.Add(w);
            }
        }
    }

    private static int[] Apply(int[] word, (int Left, int Right) pair, int id)
    {
        var merged = new List<int>(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            if (i + 1 < word.Length && word[i] == pair.Left && word[i + 1] == pair.Right)
            {
                merged.Add(id);
                i++;
            }
            else
            {
                merged.Add(word[i]);
            }
        }
        return [.. merged];
    }
}
