using System.Globalization;

namespace Pure.Tuner;

/// <summary>The hidden Markov model of the jieba segmenter: each character begins (B), is inside (M), ends (E) or is (S) a word.</summary>
internal sealed class JiebaStates
{
    /// <summary>In the order of their letters, which decides between equal paths.</summary>
    private const string States = "BEMS";
    private const int B = 0, E = 1, M = 2, S = 3;

    /// <summary>The logarithm of what was never seen. So large that sums with it are equal, and the order decides.</summary>
    private const double Never = -3.14e100;

    /// <summary>Which two states may stand before each one, the later letter first.</summary>
    private static readonly int[][] s_before = [[S, E], [M, B], [M, B], [S, E]];

    private readonly double[] _start = new double[4];
    private readonly double[,] _move = new double[4, 4];
    private readonly Dictionary<char, double[]> _emit = [];

    /// <summary>Reads the tables: the lines after the words.</summary>
    public JiebaStates(ReadOnlySpan<char> lines)
    {
        for (int i = 0; i < 16; i++) _move[i / 4, i % 4] = Never;
        foreach (ReadOnlySpan<char> line in lines.EnumerateLines())
        {
            if (line.IsEmpty) continue;
            string[] part = line.ToString().Split(' ');
            int state = States.IndexOf(part[1][0], StringComparison.Ordinal);
            double Number(int i) => double.Parse(part[i], CultureInfo.InvariantCulture);
            if (part[0] == "start") _start[state] = Number(2);
            else if (part[0] == "trans") _move[state, States.IndexOf(part[2][0], StringComparison.Ordinal)] = Number(3);
            else
                foreach (char c in part[3])
                {
                    if (!_emit.TryGetValue(c, out double[]? logs)) _emit[c] = logs = [Never, Never, Never, Never];
                    logs[state] = Number(2);
                }
        }
    }

    /// <summary>Cuts Chinese characters into the most probable words (Viterbi).</summary>
    public void Cut(ReadOnlySpan<char> text, List<string> words)
    {
        int length = text.Length;
        var from = new byte[length, 4];
        Span<double> score = stackalloc double[4], next = stackalloc double[4];
        for (int y = 0; y < 4; y++) score[y] = _start[y] + Emit(text[0], y);
        for (int t = 1; t < length; t++)
        {
            for (int y = 0; y < 4; y++)
            {
                double emit = Emit(text[t], y);
                (int one, int other) = (s_before[y][0], s_before[y][1]);
                double best = score[one] + _move[one, y] + emit, second = score[other] + _move[other, y] + emit;
                // Equal scores: the later letter, which comes first here.
                (next[y], from[t, y]) = second > best ? (second, (byte)other) : (best, (byte)one);
            }
            next.CopyTo(score);
        }
        var states = new int[length];
        states[^1] = score[E] > score[S] ? E : S;
        for (int t = length - 1; t > 0; t--) states[t - 1] = from[t, states[t]];

        int begin = 0, done = 0;
        for (int i = 0; i < length; i++)
        {
            if (states[i] == B) begin = i;
            else if (states[i] is E or S)
            {
                words.Add((states[i] == E ? text[begin..(i + 1)] : text.Slice(i, 1)).ToString());
                done = i + 1;
            }
        }
        if (done < length) words.Add(text[done..].ToString());
    }

    private double Emit(char c, int state) => _emit.TryGetValue(c, out double[]? logs) ? logs[state] : Never;
}
