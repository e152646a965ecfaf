using System.Globalization;
using System.Numerics;

namespace Pure.Tuner;

/// <summary>Attributes and methods of Python's values other than str.</summary>
internal static class PyMethods
{
    /// <summary>An attribute or a bound method; null where there is none.</summary>
    public static object? Get(PyOps values, object? self, string name) => self switch
    {
        PyDict dict => OfDict(values, dict, name),
        PyTuple { Names: { } names } tuple when Array.IndexOf(names, name) is var at and >= 0 => tuple[at],
        PyRange range when name is "start" or "stop" or "step" => name == "start" ? range.Start : name == "stop" ? range.Stop : range.Step,
        PyList list when name == "copy" => new PyFunction(name, c => c.Bind(0) is { } ? Copied(values.State, list) : null),
        PyList or PyTuple or PyRange => OfSequence(values, (IPySequence)self, name),
        PyView view when name == "mapping" => view.Dict,
        bool or long or BigInteger => OfWhole(values, PyNumbers.Whole(self)!.Value, name),
        double real => OfReal(values, real, name),
        _ => null,
    };

    private static PyList Copied(JinjaState state, PyList list)
    {
        state.Items(list.Count);
        return new PyList([.. list.Items]);
    }

    private static PyFunction? OfDict(PyOps values, PyDict dict, string name) => name switch
    {
        "keys" or "values" or "items" => new PyFunction(name, c => c.Bind(0) is { } ? new PyView(dict, name) : null),
        "get" => new PyFunction(name, c =>
        {
            object?[] a = c.Bind(1, "key", "default");
            return dict.TryGet(values.Hashable(a[0]), out object? value) ? value : PyStringMethods.Or(a[1], null);
        }),
        "copy" => new PyFunction(name, c =>
        {
            c.Bind(0);
            return Copy(values, dict);
        }),
        "fromkeys" => new PyFunction(name, c =>
        {
            object?[] a = c.Bind(1, "iterable", "value");
            var made = new PyDict(values);
            foreach (object? key in values.Items(a[0])) made[values.Hashable(key)] = PyStringMethods.Or(a[1], null);
            return made;
        }),
        _ => null,
    };

    public static PyDict Copy(PyOps values, PyDict dict)
    {
        values.State.Items(dict.Count * 2L);
        var copy = new PyDict(values);
        foreach ((PyKey key, object? value) in dict) copy[key.Value] = value;
        return copy;
    }

    private static PyFunction? OfSequence(PyOps values, IPySequence list, string name) => name switch
    {
        "count" => new PyFunction(name, c =>
        {
            object? item = c.Bind(1, "value")[0];
            return values.Iterate(list).LongCount(i => values.Equal(i, item));
        }),
        "index" => new PyFunction(name, c =>
        {
            object?[] a = c.Bind(1, "value", "start", "stop");
            int from = Place(a[1], 0), to = Math.Min(Place(a[2], list.Count), list.Count);
            for (int i = from; i < to; i++)
                if (values.Equal(list[i], a[0])) return (long)i;
            throw values.Fail($"{values.Repr(a[0])} is not in {PyOps.TypeName(list)}");
        }),
        _ => null,
    };

    private static int Place(object? value, int otherwise) => value is long at ? (int)Math.Clamp(at, 0, int.MaxValue) : otherwise;

    private static object? OfWhole(PyOps values, BigInteger number, string name) => name switch
    {
        "real" or "numerator" => PyNumbers.Normal(number),
        "imag" => 0L,
        "denominator" => 1L,
        "bit_length" => new PyFunction(name, _ => (long)BigInteger.Abs(number).GetBitLength()),
        "bit_count" => new PyFunction(name, _ => (long)BigInteger.Abs(number).ToByteArray().Sum(b => BitOperations.PopCount(b))),
        "conjugate" => new PyFunction(name, _ => PyNumbers.Normal(number)),
        "is_integer" => null,
        "as_integer_ratio" => new PyFunction(name, _ => new PyTuple([PyNumbers.Normal(number), 1L])),
        "to_bytes" => new PyFunction(name, _ => throw values.Fail("int.to_bytes: bytes are not supported in templates")),
        _ => null,
    };

    private static object? OfReal(PyOps values, double number, string name) => name switch
    {
        "real" => number,
        "imag" => 0.0,
        "is_integer" => new PyFunction(name, _ => double.IsFinite(number) && number == Math.Floor(number)),
        "conjugate" => new PyFunction(name, _ => number),
        "hex" or "as_integer_ratio" => new PyFunction(name, _ => throw values.Fail(string.Create(CultureInfo.InvariantCulture, $"float.{name} is not supported in templates"))),
        _ => null,
    };
}
