using Cgh.Core.Tracking;
using Xunit;

namespace Cgh.Core.Tests.Tracking;

public sealed class LearningTimesTests
{
    [Fact]
    public void Add_RandomRecords_EqualsPlainStatisticsOfEachExample()
    {
        const int examples = 200;
        int[] epochs = [0, 3, 6, 9, 10];
        var random = new Random(5);
        var history = epochs.Select(_ => Enumerable.Range(0, examples).Select(_ => Draw(random)).ToArray()).ToArray();
        var sums = new LearningSums(examples);
        for (var i = 0; i < epochs.Length; i++)
        {
            sums.Add(epochs[i], Bytes(history[i]));
        }

        for (var example = 0; example < examples; example++)
        {
            var seen = epochs.Zip(history, (epoch, records) => (Epoch: epoch, Record: records[example])).Where(pair => pair.Record.IsSeen).ToArray();
            var right = seen.Select(pair => pair.Record.IsRight).ToArray();
            var probabilities = seen.Select(pair => pair.Record.Probability / 255.0).DefaultIfEmpty().ToArray();
            var mean = probabilities.Average();
            var actual = sums.Of(example, given: 1, original: 2);

            Assert.Equal(seen.Where(pair => pair.Record.IsRight).Select(pair => pair.Epoch).FirstOrDefault(-1), actual.FirstLearned);
            var stays = Enumerable.Range(0, seen.Length).FirstOrDefault(from => right[from..].All(value => value), -1);
            Assert.Equal(stays < 0 ? -1 : seen[stays].Epoch, actual.LastUnlearned);
            Assert.Equal(right.Zip(right.Skip(1)).Count(pair => pair is { First: true, Second: false }), actual.Forgetting);
            Assert.Equal(mean, actual.MeanProbability, 1e-12);
            Assert.Equal(Math.Sqrt(probabilities.Average(value => (value - mean) * (value - mean))), actual.StdProbability, 1e-9);
            Assert.Equal(seen.Select(pair => (double)pair.Record.Margin).DefaultIfEmpty().Average(), actual.MeanMargin, 1e-9);
            Assert.Equal((seen.Length, right.LastOrDefault(), true), (actual.Seen, actual.IsRight, actual.IsCorrupt));
        }
    }

    [Theory]
    [InlineData(true, 1e-12f)]
    [InlineData(true, 0f)]
    [InlineData(true, 1e9f)]
    [InlineData(true, float.PositiveInfinity)]
    [InlineData(true, float.NaN)]
    [InlineData(false, -1e-12f)]
    [InlineData(false, 0f)]
    [InlineData(false, float.NegativeInfinity)]
    [InlineData(false, float.NaN)]
    public void Of_AnyMargin_IsFiniteAndHasTheSignOfThePrediction(bool isRight, float margin)
    {
        var record = TrackingRecord.Of(isRight, margin, 0.5);

        Assert.True(Half.IsFinite(record.Margin));
        Assert.Equal((isRight, !isRight, true), (record.Margin > Half.Zero, record.Margin < Half.Zero, record.IsSeen));
        var bytes = new byte[TrackingRecord.Size];
        record.Write(bytes);
        Assert.Equal(record, TrackingRecord.Read(bytes));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 255)]
    [InlineData(0.5, 128)]
    [InlineData(1.0001, 255)]
    [InlineData(double.NaN, 0)]
    public void Of_Probability_IsRoundedToABytePerExample(double probability, int expected) =>
        Assert.Equal(expected, TrackingRecord.Of(isRight: true, 1, probability).Probability);

    [Fact]
    public void FileBytes_ImageNetOver90Epochs_StayUnder400Megabytes()
    {
        var files = TrackedEpochs.Of(LearningTracking.Evaluation, every: 1, epochs: 90).Count;

        Assert.Equal(91, files);
        Assert.InRange(files * TrackingFolder.FileBytes(1_281_167), 1, 400_000_000);
    }

    [Theory]
    [InlineData(LearningTracking.Off, 1, 3, new int[0])]
    [InlineData(LearningTracking.Evaluation, 1, 3, new[] { 0, 1, 2, 3 })]
    [InlineData(LearningTracking.Evaluation, 2, 5, new[] { 0, 2, 4, 5 })]
    [InlineData(LearningTracking.Training, 2, 4, new[] { 0, 2, 3 })]
    [InlineData(LearningTracking.Training, 9, 1, new[] { 0 })]
    public void Of_ModeAndEvery_HasTheFirstAndTheLast(LearningTracking mode, int every, int epochs, int[] expected) =>
        Assert.Equal(expected, TrackedEpochs.Of(mode, every, epochs));

    [Fact]
    public void Ends_Ties_GoByMarginThenIndex()
    {
        LearningRecord[] records = [Learned(0, 2, 1), Learned(1, -1, 0), Learned(2, 1, 5), Learned(3, 1, 7), Learned(4, 1, 7), Learned(5, -1, -2)];

        Assert.Equal([3, 4, 2, 0, 1, 5], LearningOrder.Of(records, LearningTime.FirstLearned));
        var (easy, hard) = LearningOrder.Ends(records, LearningTime.FirstLearned, easy: 2, hard: 3);

        Assert.Equal([3, 4], easy);
        Assert.Equal([5, 1, 0], hard);
        Assert.Throws<UserErrorException>(() => LearningOrder.Ends(records, LearningTime.FirstLearned, easy: 4, hard: 3));
    }

    private static LearningRecord Learned(int index, int first, double margin) => new(index, 0, 0, first, first, 0, 0, 0, margin, 1, first >= 0);

    private static TrackingRecord Draw(Random random) => random.Next(6) == 0
        ? TrackingRecord.NotSeen
        : TrackingRecord.Of(random.Next(2) == 0, random.NextSingle(), random.NextDouble());

    private static byte[] Bytes(TrackingRecord[] records)
    {
        var bytes = new byte[records.Length * TrackingRecord.Size];
        for (var i = 0; i < records.Length; i++)
        {
            records[i].Write(bytes.AsSpan(i * TrackingRecord.Size));
        }

        return bytes;
    }
}
