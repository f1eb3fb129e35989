using Cgh.Core.Experiments;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class RunAnnotationsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-notes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Change_SeveralAtOnce_LosesNone()
    {
        Parallel.For(0, 20, number => RunAnnotations.Change(_folder, [$"run-{number % 4}"], note => note.WithTag($"t{number}")));

        var tags = RunAnnotations.Read(_folder).Runs.SelectMany(run => run.Value.Tags).Order(StringComparer.Ordinal);

        Assert.Equal(Enumerable.Range(0, 20).Select(number => $"t{number}").Order(StringComparer.Ordinal), tags);
    }

    [Fact]
    public void Change_Undone_LeavesNoTrace()
    {
        RunAnnotations.Change(_folder, ["a", "b"], note => note with { Archived = true });

        RunAnnotations.Change(_folder, ["a", "b"], _ => RunAnnotation.None);

        Assert.Empty(RunAnnotations.Read(_folder).Runs);
    }

    [Theory]
    [InlineData("a b", "A tag may contain only letters, digits, '.', '-', '_' and '/' (it is 'a b').")]
    [InlineData("a,b", "A tag may contain only letters, digits, '.', '-', '_' and '/' (it is 'a,b').")]
    public void Change_InvalidTag_ChangesNothing(string tag, string reason)
    {
        RunAnnotations.Change(_folder, ["a"], note => note.WithTag("kept"));

        var error = Assert.Throws<UserErrorException>(() => RunAnnotations.Change(_folder, ["b", "a"], note => note.WithTag(tag)));

        Assert.Equal(reason, error.Message);
        Assert.Equal(["a"], RunAnnotations.Read(_folder).Runs.Keys);
    }

    [Fact]
    public void Change_TooMuch_SaysHowMuchIsAllowed()
    {
        Assert.Equal("A name may have at most 100 characters (it has 101).", new RunAnnotation { Title = new string('x', 101) }.Failure());
        Assert.Equal("Notes may have at most 4000 characters (they have 4001).", new RunAnnotation { Notes = new string('x', 4001) }.Failure());
        Assert.Equal(
            "A run may have at most 20 tags (it would have 21).",
            new RunAnnotation { Tags = [.. Enumerable.Range(0, 21).Select(number => $"t{number}")] }.Failure());
        Assert.StartsWith("A tag may have at most 40 characters ('xxx", new RunAnnotation { Tags = [new string('x', 41)] }.Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Damaged_SaysWhatDeletingItCosts()
    {
        File.WriteAllText(Path.Combine(_folder, RunAnnotations.FileName), "{ not json");

        var error = Assert.Throws<UserErrorException>(() => RunAnnotations.Change(_folder, ["a"], note => note));

        Assert.Contains("or delete it: then the runs have no names, notes and tags", error.Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, RunAnnotations.FileName));
        Assert.Empty(RunAnnotations.Read(_folder).Runs);
    }
}
