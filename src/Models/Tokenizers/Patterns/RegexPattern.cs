namespace Pure.Tuner;

/// <summary>A regular expression over code points with Oniguruma's meaning: leftmost, first alternative, greedy with backtracking.</summary>
/// <remarks>.NET's own engine counts UTF-16 units, so letters and digits outside the first plane would be cut wrongly. A backtracking machine over a flat program; loops over one set are single instructions.</remarks>
internal sealed class RegexPattern : IPattern
{
    private enum Op { Set, Run, RunAtomic, Split, Jump, Atomic, Look, Behind, Anchor, Mark, Progress, Match }

    /// <summary>Set: one code point. Run: Min to Max of a set. Split: try the next instruction, then Target. Atomic, Look: a program of its own from the next instruction to its Match, then Target.</summary>
    private readonly record struct Instruction(Op Op, CharSet? Set = null, int Target = 0, int Min = 0, int Max = 0, bool Flag = false);

    private readonly Instruction[] _program;
    private readonly CharSet? _first;       // null when a match may be empty
    private readonly int _marks;

    private sealed class Machine
    {
        public int[] Stack = new int[192];
        public int[] Marks = [];
        public int Top;

        /// <summary>Steps that are left to a text.</summary>
        public long Left;

        public void Push(int kind, int a, int b)
        {
            if (Top + 3 > Stack.Length) Array.Resize(ref Stack, Stack.Length * 2);
            (Stack[Top], Stack[Top + 1], Stack[Top + 2]) = (kind, a, b);
            Top += 3;
        }
    }

    // A pattern whose repeats are repeated unrolls to their product, and one that can match in many ways may try them all:
    // a damaged or hostile file must not hold a run up, so both have an end that no published pattern comes near.
    private const int MostInstructions = 20_000;
    private const long MostSteps = 10_000_000, StepsOfCharacter = 200;

    [ThreadStatic] private static Machine? s_machine;

    /// <exception cref="FormatException">The pattern is malformed or uses something that is not built.</exception>
    public RegexPattern(string pattern)
    {
        RegexNode node = RegexParser.Parse(pattern);
        var program = new List<Instruction>();
        Emit(node, program);
        program.Add(new Instruction(Op.Match));
        _program = [.. program];
        _marks = _program.Count(i => i.Op == Op.Mark);
        _first = node.IsNullable ? null : node.First;
    }

    public void Find(ReadOnlySpan<char> text, List<Match> matches)
    {
        Machine machine = s_machine ??= new Machine();
        if (machine.Marks.Length < _marks) machine.Marks = new int[_marks];
        machine.Left = MostSteps + StepsOfCharacter * text.Length;
        int last = 0;
        int lastMatchEnd = -1;
        for (int at = 0; at <= text.Length;)
        {
            int end = -1;
            int next = at;
            if (_first is null || at < text.Length && _first.Contains(CodePoints.At(text, ref next)))
            {
                machine.Top = 0;
                end = Run(machine, 0, at, text);
            }
            if (end < 0 || end == at && end == lastMatchEnd)
            {
                if (next == at && at < text.Length) CodePoints.At(text, ref next);
                at = next > at ? next : at + 1;
                continue;
            }
            if (last < at) matches.Add(new Match(last, at, false));
            matches.Add(new Match(at, end, true));
            // As the regex binding does: an empty match right behind a match is passed over, one elsewhere counts.
            last = lastMatchEnd = at = end;
        }
        if (last < text.Length) matches.Add(new Match(last, text.Length, false));
    }

    /// <summary>End of the match that begins at <paramref name="at"/>, or -1.</summary>
    private int Run(Machine machine, int pc, int at, ReadOnlySpan<char> text)
    {
        const int Resume = 0, Shorten = 1, Restore = 2;
        int bottom = machine.Top;
        Instruction[] program = _program;
        while (true)
        {
            ref readonly Instruction step = ref program[pc];
            bool ok = true;
            switch (step.Op)
            {
                case Op.Set:
                    ok = at < text.Length && step.Set!.Contains(CodePoints.At(text, ref at));
                    pc++;
                    break;
                case Op.Run or Op.RunAtomic:
                    int count = 0;
                    int minimum = at;
                    while (count < step.Max && at < text.Length)
                    {
                        int next = at;
                        if (!step.Set!.Contains(CodePoints.At(text, ref next))) break;
                        at = next;
                        if (++count == step.Min) minimum = at;
                    }
                    ok = count >= step.Min;
                    machine.Left -= count;
                    pc++;
                    if (ok && at > minimum && step.Op == Op.Run) machine.Push(Shorten | pc << 2, minimum, at);
                    break;
                case Op.Split:
                    int ahead = at;
                    // The first alternative is left out at once when the next character cannot begin it.
                    if (step.Set is not null && (at >= text.Length || !step.Set.Contains(CodePoints.At(text, ref ahead)))) { pc = step.Target; break; }
                    if (step.Flag) { machine.Push(Resume | pc + 1 << 2, at, 0); pc = step.Target; break; }
                    machine.Push(Resume | step.Target << 2, at, 0);
                    pc++;
                    break;
                case Op.Jump:
                    pc = step.Target;
                    break;
                case Op.Atomic:
                    int end = Run(machine, pc + 1, at, text);
                    ok = end >= 0;
                    at = end;
                    pc = step.Target;
                    break;
                case Op.Look:
                    ok = Run(machine, pc + 1, at, text) >= 0 != step.Flag;
                    pc = step.Target;
                    break;
                case Op.Behind:
                    int start = at;
                    int back = step.Min;
                    while (back > 0 && start > 0) { CodePoints.Before(text, ref start); back--; }
                    ok = (back == 0 && Run(machine, pc + 1, start, text) == at) != step.Flag;
                    pc = step.Target;
                    break;
                case Op.Anchor:
                    ok = Holds((AnchorKind)step.Min, at, text);
                    pc++;
                    break;
                case Op.Mark:
                    machine.Push(Restore, step.Min, machine.Marks[step.Min]);
                    machine.Marks[step.Min] = at;
                    pc++;
                    break;
                case Op.Progress:
                    ok = machine.Marks[step.Min] != at;
                    pc++;
                    break;
                default:
                    machine.Top = bottom;
                    return at;
            }
            while (!ok)
            {
                if (machine.Top == bottom) return -1;
                if (--machine.Left < 0) throw new FormatException($"a pattern takes too long on a text of {text.Length} characters: it can match them in too many ways");
                machine.Top -= 3;
                int kind = machine.Stack[machine.Top];
                int a = machine.Stack[machine.Top + 1];
                int b = machine.Stack[machine.Top + 2];
                pc = kind >> 2;
                switch (kind & 3)
                {
                    case Restore:
                        machine.Marks[a] = b;
                        continue;
                    case Shorten:
                        CodePoints.Before(text, ref b);
                        if (b > a) machine.Push(kind, a, b);
                        at = b;
                        break;
                    default:
                        at = a;
                        break;
                }
                ok = true;
            }
        }
    }

    private static bool Holds(AnchorKind kind, int at, ReadOnlySpan<char> text)
    {
        bool WordBefore(ReadOnlySpan<char> t) { int i = at; return at > 0 && UnicodeSets.Find("word")!.Contains(CodePoints.Before(t, ref i)); }
        bool WordAfter(ReadOnlySpan<char> t) { int i = at; return at < t.Length && UnicodeSets.Find("word")!.Contains(CodePoints.At(t, ref i)); }
        return kind switch
        {
            AnchorKind.TextStart => at == 0,
            AnchorKind.TextEnd => at == text.Length,
            AnchorKind.TextEndOrLastLine => at == text.Length || at == text.Length - 1 && text[at] == '\n',
            // In Ruby's syntax ^ and $ always mean lines; after a last line feed no new line begins.
            AnchorKind.LineStart => at == 0 || text[at - 1] == '\n' && at < text.Length,
            AnchorKind.LineEnd => at == text.Length || text[at] == '\n',
            AnchorKind.WordBoundary => WordBefore(text) != WordAfter(text),
            _ => WordBefore(text) == WordAfter(text),
        };
    }

    private static void Emit(RegexNode node, List<Instruction> program)
    {
        if (program.Count > MostInstructions) throw new FormatException($"its repeats unroll to more than {MostInstructions} steps");
        switch (node)
        {
            case SetNode set:
                program.Add(new Instruction(Op.Set, set.Set));
                break;
            case SequenceNode sequence:
                foreach (RegexNode part in sequence.Parts) Emit(part, program);
                break;
            case ChoiceNode choice:
                var jumps = new List<int>();
                for (int i = 0; i < choice.Options.Count; i++)
                {
                    RegexNode option = choice.Options[i];
                    bool isLast = i == choice.Options.Count - 1;
                    int split = program.Count;
                    if (!isLast) program.Add(default);
                    Emit(option, program);
                    if (isLast) break;
                    jumps.Add(program.Count);
                    program.Add(default);
                    program[split] = new Instruction(Op.Split, option.IsNullable ? null : option.First, program.Count);
                }
                foreach (int jump in jumps) program[jump] = new Instruction(Op.Jump, Target: program.Count);
                break;
            case RepeatNode repeat:
                EmitRepeat(repeat, program);
                break;
            case AtomicNode atomic:
                EmitNested(Op.Atomic, atomic.Body, false, 0, program);
                break;
            case LookNode { Behind: false } look:
                EmitNested(Op.Look, look.Body, look.Negative, 0, program);
                break;
            case LookNode { Body: ChoiceNode options } look:
                // Every alternative of a look-behind has a length of its own: as many look-behinds, joined by "or" or by "and not".
                var each = options.Options.Select(o => (RegexNode)new LookNode(o, true, look.Negative)).ToList();
                Emit(look.Negative ? new SequenceNode(each) : new ChoiceNode(each), program);
                break;
            case LookNode look:
                EmitNested(Op.Behind, look.Body, look.Negative, look.Body.FixedLength!.Value, program);
                break;
            case AnchorNode anchor:
                program.Add(new Instruction(Op.Anchor, Min: (int)anchor.Kind));
                break;
        }
    }

    private static void EmitNested(Op op, RegexNode body, bool negative, int length, List<Instruction> program)
    {
        int head = program.Count;
        program.Add(default);
        Emit(body, program);
        program.Add(new Instruction(Op.Match));
        program[head] = new Instruction(op, Target: program.Count, Min: length, Flag: negative);
    }

    private static void EmitRepeat(RepeatNode repeat, List<Instruction> program)
    {
        if (repeat.Body is SetNode set && repeat.Mode != RepeatMode.Lazy)
        {
            program.Add(new Instruction(repeat.Mode == RepeatMode.Greedy ? Op.Run : Op.RunAtomic, set.Set, 0, repeat.Min, repeat.Max));
            return;
        }
        if (repeat.Mode == RepeatMode.Possessive)
        {
            Emit(new AtomicNode(repeat with { Mode = RepeatMode.Greedy }), program);
            return;
        }
        bool lazy = repeat.Mode == RepeatMode.Lazy;
        CharSet? first = lazy || repeat.Body.IsNullable ? null : repeat.Body.First;
        for (int i = 0; i < repeat.Min; i++) Emit(repeat.Body, program);
        if (repeat.Max == int.MaxValue)
        {
            int head = program.Count;
            int mark = program.Count(i => i.Op == Op.Mark);
            program.Add(default);
            if (repeat.Body.IsNullable) program.Add(new Instruction(Op.Mark, Min: mark));
            Emit(repeat.Body, program);
            // A turn of the loop that consumed nothing would never end.
            if (repeat.Body.IsNullable) program.Add(new Instruction(Op.Progress, Min: mark));
            program.Add(new Instruction(Op.Jump, Target: head));
            program[head] = new Instruction(Op.Split, first, program.Count, Flag: lazy);
            return;
        }
        var heads = new List<int>();
        for (int i = repeat.Min; i < repeat.Max; i++)
        {
            heads.Add(program.Count);
            program.Add(default);
            Emit(repeat.Body, program);
        }
        foreach (int head in heads) program[head] = new Instruction(Op.Split, first, program.Count, Flag: lazy);
    }
}
