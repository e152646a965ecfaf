namespace Pure.Tuner.Tests;

[Trait("Category", "Property")]
public class SingularVectorsTests
{
    [Theory, InlineData(1, 1), InlineData(1, 7), InlineData(7, 1), InlineData(2, 2), InlineData(9, 5), InlineData(5, 9), InlineData(40, 40), InlineData(33, 71)]
    public void All_of_them_make_the_matrix_again(int rows, int columns)
    {
        float[] x = Random(rows * columns, rows * 100 + columns);
        SingularVectors found = SingularVectors.Leading(x, rows, columns, int.MaxValue);
        int n = Math.Min(rows, columns);
        Assert.Equal(n, found.Values.Length);
        Assert.Equal(found.Values.OrderDescending(), found.Values);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                Assert.Equal(x[r * columns + c], Enumerable.Range(0, n).Sum(k => found.Values[k] * found.Left[k * rows + r] * found.Right[k * columns + c]), 1e-9);
        RequireOrthonormal(found.Left, n, rows);
        RequireOrthonormal(found.Right, n, columns);
    }

    [Theory, InlineData(6, 9, 0), InlineData(9, 6, 1), InlineData(8, 8, 2)]
    public void Directions_that_the_matrix_does_not_have_are_orthonormal_too(int rows, int columns, int rank)
    {
        float[] u = Random(rows * rank, 1), v = Random(rank * columns, 2), x = new float[rows * columns];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                for (int k = 0; k < rank; k++) x[r * columns + c] += u[r * rank + k] * v[k * columns + c];
        SingularVectors found = SingularVectors.Leading(x, rows, columns, 5);
        Assert.All(found.Values[rank..], s => Assert.InRange(s, 0, 1e-6));
        RequireOrthonormal(found.Left, 5, rows);
        RequireOrthonormal(found.Right, 5, columns);
    }

    [Fact]
    public void The_sign_follows_one_rule()
    {
        float[] x = Random(6 * 4, 5), negative = [.. x.Select(v => -v)];
        SingularVectors a = SingularVectors.Leading(x, 6, 4, 3), b = SingularVectors.Leading(negative, 6, 4, 3);
        Assert.Equal(a.Short, b.Short);
        for (int k = 0; k < 3; k++) Assert.True(a.Short.Skip(k * 4).Take(4).MaxBy(Math.Abs) > 0);
    }

    [Fact]
    public void Tiny_and_huge_numbers_lose_nothing()
    {
        float[] x = Random(12, 8);
        double[] values = SingularVectors.Leading(x, 4, 3, 3).Values;
        foreach (float scale in (float[])[1e-30f, 1e30f])
            foreach ((double s, double t) in SingularVectors.Leading([.. x.Select(v => v * scale)], 4, 3, 3).Values.Zip(values)) Assert.Equal(1, s / (t * scale), 1e-6);
    }

    private static void RequireOrthonormal(double[] rows, int count, int length)
    {
        for (int i = 0; i < count; i++)
            for (int j = 0; j <= i; j++)
                Assert.Equal(i == j ? 1 : 0, Enumerable.Range(0, length).Sum(k => rows[i * length + k] * rows[j * length + k]), 1e-9);
    }

    private static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(2 * random.NextDouble() - 1))];
    }
}
