namespace Pure.Tuner.Tests;

/// <summary>The factor of the loss with F16 products, by PyTorch's rule.</summary>
[Trait("Category", "Unit")]
public class LossScalerTests
{
    [Fact]
    public void It_is_halved_by_an_overflow_and_doubled_by_two_thousand_updates_without()
    {
        var scaler = new LossScaler();
        Assert.Equal(65536, scaler.Scale);
        Assert.True(Pass(scaler, 1, 3));
        Assert.False(Pass(scaler, double.PositiveInfinity, 2));
        Assert.False(Pass(scaler, double.NaN, 2));
        Assert.Equal(new LossScaler.State(16384, 0, 2, 2), scaler.Present);
        Assert.False(scaler.IsExhausted);
        for (int i = 0; i < 1999; i++) Assert.True(Pass(scaler, 1, 1));
        Assert.Equal(new LossScaler.State(16384, 1999, 0, 1), scaler.Present);
        Assert.True(Pass(scaler, 1, 1));
        Assert.Equal(new LossScaler.State(32768, 0, 0, 1), scaler.Present);
    }

    [Fact]
    public void A_loss_that_is_none_leaves_the_update_out_and_counts_as_the_last_one()
    {
        var scaler = new LossScaler();
        Assert.True(Pass(scaler, 1, 3.5));
        double loss = double.NaN;
        Assert.False(scaler.Passes(1, ref loss));
        Assert.Equal((3.5, 32768, 1), (loss, scaler.Scale, scaler.Present.Bad));
    }

    /// <summary>Nothing is known of the loss of a first update that has none, and nothing is made up.</summary>
    [Fact]
    public void Before_the_first_loss_there_is_none()
    {
        var scaler = new LossScaler();
        double loss = double.PositiveInfinity;
        Assert.False(scaler.Passes(1, ref loss));
        Assert.True(double.IsNaN(loss));
        Assert.Null(scaler.Present.LastLoss);
    }

    [Fact]
    public void One_overflow_at_the_factor_one_is_only_left_out()
    {
        var scaler = new LossScaler();
        scaler.Load(new(1, 30, 0, 2));
        for (int i = 0; i < 100; i++)
        {
            Assert.False(Pass(scaler, double.NaN, 2));
            Assert.False(scaler.IsExhausted);
            Assert.True(Pass(scaler, 1, 2));
        }
        Assert.Equal(1, scaler.Scale);
    }

    [Fact]
    public void It_goes_on_from_what_was_kept_and_ends_where_all_overflow_down_to_one()
    {
        var first = new LossScaler();
        Pass(first, double.NaN, 2);
        Pass(first, 1, 2);
        var second = new LossScaler();
        second.Load(first.Present);
        Assert.Equal(first.Present, second.Present);
        for (int i = 0; i < 15; i++) Pass(second, double.NaN, 2);
        Assert.Equal((1, false), (second.Scale, second.IsExhausted));
        Pass(second, double.NaN, 2);
        Assert.False(second.IsExhausted);            // sixteen in a row: the first of all was good afterwards
        Pass(second, double.NaN, 2);
        Assert.True(second.IsExhausted);
    }

    private static bool Pass(LossScaler scaler, double norm, double loss) => scaler.Passes(norm, ref loss);
}
