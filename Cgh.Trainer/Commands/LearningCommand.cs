using System.CommandLine;
using System.Globalization;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Tracking;

namespace Cgh.Trainer.Commands;

/// <summary><c>learning</c>: says when a tracked run learned each training example.</summary>
internal static class LearningCommand
{
    private const string Help = """
        Reads the tracking files of a run that was trained with --track-learning and writes, per training example, when it was
        learned: first learned, last unlearned, forgetting events, mean and standard deviation of its label's probability, mean
        margin. Files: learning.csv and learning.npy.

        Example, with the examples that were learned first and last:
          Cgh.Trainer learning data/experiments/demo/rm3 --easy 1000 --hard 1000 --out demo-learning
          Cgh.DataPrep subset demo --indices demo-learning/easy.csv --name demo-easy
        """;

    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "Folder of the run." }.MustNotBeEmpty();
        var @out = new Option<string?>("--out") { Description = "Folder of the files. Default: the run folder.", HelpName = "DIR" };
        var easy = Count("--easy", "Also write easy.csv, the indices of the N examples that were learned first.");
        var hard = Count("--hard", "Also write hard.csv, the indices of the N examples that were learned last, or never.");
        var by = new Option<string>("--by")
        {
            Description = "What 'first' and 'last' go by: first-learned or last-unlearned. Ties go by the mean margin, then by the index.",
            DefaultValueFactory = _ => "first-learned",
        };
        var data = Cgh.Core.CommandLine.DataOption();
        data.Description += " Used if the dataset was moved.";
        var command = new Command("learning", Help) { run, @out, easy, hard, by, data };
        command.SetAction(parse =>
        {
            var time = Time(parse.GetValue(by)!);
            var (first, last) = (Checked("--easy", parse.GetValue(easy)), Checked("--hard", parse.GetValue(hard)));
            var folder = new RunFolder(Path.GetFullPath(parse.GetValue(run)!));
            var record = folder.Load();
            LearningTimes.CheckTracked(folder, record.Spec);
            using var dataset = Dataset.Open(StageInputs.FindDataset(record, folder, DataFolder.Resolve(parse.GetValue(data))));
            var times = LearningTimes.Read(folder, dataset);
            var ends = LearningOrder.Ends(times.Records, time, first ?? 0, last ?? 0);
            var target = Directory.CreateDirectory(parse.GetValue(@out) ?? folder.Path).FullName;

            // The files belong together, and another process may write others there. The folder's own lock is that of the run's attempt.
            using var held = FolderLock.Take(target, ".learning.lock");
            LearningFiles.Write(target, times, dataset);
            Write(first, Path.Combine(target, LearningOrder.EasyFile), ends.Easy);
            Write(last, Path.Combine(target, LearningOrder.HardFile), ends.Hard);
            Print(times, target);
            return 0;
        });
        return command;
    }

    private static Option<int?> Count(string name, string description) => new(name) { Description = description, HelpName = "N" };

    private static int? Checked(string option, int? given) => given is null or >= 1
        ? given
        : throw UserErrorException.Usage(string.Create(CultureInfo.InvariantCulture, $"{option} must be at least 1 (it is {given})."));

    private static LearningTime Time(string given) => given switch
    {
        "first-learned" => LearningTime.FirstLearned,
        "last-unlearned" => LearningTime.LastUnlearned,
        _ => throw UserErrorException.Usage($"--by: unknown time '{given}'.{NearestName.Suggest(given, ["first-learned", "last-unlearned"])}"),
    };

    private static void Write(int? asked, string path, int[] indices)
    {
        if (asked is not null)
        {
            IndexFile.Write(path, indices);
        }
    }

    private static void Print(LearningTimes times, string target)
    {
        var learned = times.Records.Count(record => record.FirstLearned != LearningRecord.Never);
        var right = times.Records.Count(record => record.IsRight);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{times.Records.Length} examples at {times.Epochs.Count} tracked epochs: {learned} were learned at some time, {right} are right at the end."));
        Console.WriteLine($"Wrote {LearningFiles.Csv} and {LearningFiles.Npy} in {target}");
    }
}
