using System.Numerics;

namespace Pure.Tuner;

internal sealed partial class PyOps
{
    public object? Binary(string op, object? a, object? b)
    {
        Defined(a);
        if (op != "%" || AsText(a) is null) Defined(b);
        if (a is long x && b is long y && Small(op, x, y) is { } small) return small;
        if (PyNumbers.Whole(a) is { } left && PyNumbers.Whole(b) is { } right) return Whole(op, left, right);
        if (PyNumbers.Real(a) is { } l && PyNumbers.Real(b) is { } r)
            return (double.IsInfinity(l) && a is BigInteger) || (double.IsInfinity(r) && b is BigInteger) ? throw Fail("int too large to convert to float") : Real(op, l, r);
        return op switch
        {
            "+" => Joined(a, b),
            "*" when PyNumbers.Whole(b) is { } times => Repeated(a, times) ?? throw Unsupported(op, a, b),
            "*" when PyNumbers.Whole(a) is { } times => Repeated(b, times) ?? throw Unsupported(op, a, b),
            "%" when a is string format => state.Made(PyPercent.Format(this, format, b)),
            "%" when a is PyMarkup format => new PyMarkup(state.Made(PyPercent.Format(this, format.Text, EscapedArguments(b)))),
            _ => throw Unsupported(op, a, b),
        };
    }

    public object? Unary(string op, object? a) => (op, Defined(a)) switch
    {
        ("-", double d) => -d,
        ("+", double d) => d,
        (_, { } n) when PyNumbers.Whole(n) is { } whole => PyNumbers.Normal(op == "-" ? -whole : whole),
        _ => throw Fail($"bad operand type for unary {op}: '{TypeName(a)}'"),
    };

    /// <summary>What fits into 64 bits, fast; null for the rest.</summary>
    private static object? Small(string op, long x, long y)
    {
        Int128 exact = op switch { "+" => (Int128)x + y, "-" => (Int128)x - y, "*" => (Int128)x * y, _ => Int128.MaxValue };
        return exact >= long.MinValue && exact <= long.MaxValue ? (long)exact : null;
    }

    private object Whole(string op, BigInteger a, BigInteger b)
    {
        long bits = a.GetBitLength() + b.GetBitLength();
        state.Step(1 + bits / 64 * (1 + Math.Min(a.GetBitLength(), b.GetBitLength()) / 4096));
        if (op is "/" or "//" or "%" && b.IsZero) throw Fail(op == "/" ? "division by zero" : "integer division or modulo by zero");
        switch (op)
        {
            case "+": return Bounded(a + b);
            case "-": return Bounded(a - b);
            case "*": return bits > PyNumbers.MaxBits ? throw TooLong() : Bounded(a * b);
            case "//": return PyNumbers.Normal(Floor(a, b));
            case "%": return PyNumbers.Normal(a - Floor(a, b) * b);
            case "/": return Quotient(a, b);
            case "**" when b.Sign < 0: return a.IsZero ? throw Fail("0.0 cannot be raised to a negative power") : Math.Pow((double)a, (double)b);
            case "**":
                if (a.IsZero || a.IsOne || a == BigInteger.MinusOne) return PyNumbers.Normal(b.IsZero ? 1 : a.Sign < 0 && b.IsEven ? 1 : a);
                if (b > PyNumbers.MaxBits || a.GetBitLength() * (long)b > PyNumbers.MaxBits) throw TooLong();
                state.Step(a.GetBitLength() * (long)b / 64);
                return PyNumbers.Normal(BigInteger.Pow(a, (int)b));
            default: throw Fail($"there is no operator {op}");
        }
    }

    private object Bounded(BigInteger value) => value.GetBitLength() > PyNumbers.MaxBits ? throw TooLong() : PyNumbers.Normal(value);

    private JinjaException TooLong() => Fail($"a whole number of more than {PyNumbers.MaxBits} bits is refused");

    private static BigInteger Floor(BigInteger a, BigInteger b)
    {
        var quotient = BigInteger.DivRem(a, b, out BigInteger rest);
        return !rest.IsZero && rest.Sign != b.Sign ? quotient - 1 : quotient;
    }

    /// <summary>The nearest float of a quotient, also where numerator or denominator is beyond a float.</summary>
    private double Quotient(BigInteger a, BigInteger b)
    {
        if (a.GetBitLength() <= 53 && b.GetBitLength() <= 53) return (double)a / (double)b;
        int shift = (int)(b.GetBitLength() - a.GetBitLength()) + 66;
        BigInteger n = BigInteger.Abs(a), d = BigInteger.Abs(b);
        if (shift > 0) n <<= shift;
        else d <<= -shift;
        var quotient = BigInteger.DivRem(n, d, out BigInteger rest);
        if (!rest.IsZero) quotient |= 1;   // so that rounding sees that something is behind
        double value = Math.ScaleB((double)quotient, -shift);
        if (double.IsInfinity(value)) throw Fail("integer division result too large for a float");
        return a.Sign * b.Sign < 0 ? -value : value;
    }

    private object Real(string op, double a, double b)
    {
        if (op is "/" or "//" or "%" && b == 0) throw Fail(op == "/" ? "float division by zero" : op == "%" ? "float modulo" : "float floor division by zero");
        switch (op)
        {
            case "+": return a + b;
            case "-": return a - b;
            case "*": return a * b;
            case "/": return a / b;
            case "%": return Modulo(a, b);
            case "//":
                double modulo = Modulo(a, b), quotient = (a - modulo) / b;
                double floor = Math.Floor(quotient);
                return quotient == 0 ? Math.CopySign(0, a / b) : quotient - floor > 0.5 ? floor + 1 : floor;
            default:
                if (a == 0 && b < 0) throw Fail("0.0 cannot be raised to a negative power");
                if (a < 0 && double.IsFinite(b) && b != Math.Floor(b)) throw Fail("complex numbers are not supported");
                double power = a == 1 || b == 0 ? 1 : Math.Pow(a, b);
                return double.IsInfinity(power) && double.IsFinite(a) && double.IsFinite(b) ? throw Fail("(34, 'Numerical result out of range')") : power;
        }
    }

    private static double Modulo(double a, double b)
    {
        double rest = a % b;
        return rest == 0 ? Math.CopySign(0, b) : (rest < 0) != (b < 0) ? rest + b : rest;
    }

    private object? Joined(object? a, object? b)
    {
        switch (a, b)
        {
            case (string x, string y):
                state.Text((long)x.Length + y.Length);
                return x + y;
            case (PyMarkup or string, PyMarkup or string):
                return new PyMarkup(state.Made(Escaped(a) + Escaped(b)));
            case (PyList x, PyList y):
                state.Items((long)x.Count + y.Count);
                return new PyList([.. x.Items, .. y.Items]);
            case (PyTuple x, PyTuple y):
                state.Items((long)x.Count + y.Count);
                return new PyTuple([.. x.Items, .. y.Items]);
            case (string, _): throw Fail($"can only concatenate str (not \"{TypeName(b)}\") to str");
            case (PyList, _): throw Fail($"can only concatenate list (not \"{TypeName(b)}\") to list");
            case (PyTuple, _): throw Fail($"can only concatenate tuple (not \"{TypeName(b)}\") to tuple");
            default: throw Unsupported("+", a, b);
        }
    }

    /// <summary>Markup as it is, all else escaped.</summary>
    public string Escaped(object? value) => value is PyMarkup markup ? markup.Text : PyText.Escape(Text(value));

    private object? EscapedArguments(object? value) => value switch
    {
        PyTuple tuple => new PyTuple([.. tuple.Items.Select(EscapedArguments)]),
        string text => PyText.Escape(text),
        PyMarkup markup => markup.Text,
        _ => value,
    };

    private object? Repeated(object? value, BigInteger times)
    {
        int count = (int)BigInteger.Max(0, BigInteger.Min(times, int.MaxValue));
        switch (value)
        {
            case string or PyMarkup:
                string text = AsText(value)!;
                state.Text((long)text.Length * count);
                string many = new System.Text.StringBuilder(text.Length * count).Insert(0, text, text.Length == 0 ? 0 : count).ToString();
                return value is string ? many : new PyMarkup(many);
            case PyList or PyTuple:
                var items = (IPySequence)value;
                state.Items((long)items.Count * count);
                var repeated = new object?[items.Count * count];
                for (int i = 0; i < repeated.Length; i++) repeated[i] = items[i % items.Count];
                return value is PyList ? new PyList(repeated) : new PyTuple(repeated);
            default:
                return null;
        }
    }

    private JinjaException Unsupported(string op, object? a, object? b) => Fail(op == "*" && (a is string or PyList or PyTuple || b is string or PyList or PyTuple)
        ? $"can't multiply sequence by non-int of type '{TypeName(PyNumbers.Whole(a) is null && a is string or PyList or PyTuple ? b : a)}'"
        : $"unsupported operand type(s) for {(op == "**" ? "** or pow()" : op)}: '{TypeName(a)}' and '{TypeName(b)}'");
}
