export const main = async (argv: string[]): Promise<void> => {
  console.log(argv);
};
